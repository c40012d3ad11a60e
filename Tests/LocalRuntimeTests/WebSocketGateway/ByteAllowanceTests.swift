import Testing

@testable import WebSocketGateway

@Suite(.timeLimit(.minutes(1))) struct ByteAllowanceTests {
    @Test func admitsTasksInOrderAsBytesAreGivenBack() async {
        let allowance = ByteAllowance(100)
        await allowance.take(60)
        let (admissions, admitted) = AsyncStream.makeStream(of: Int.self)
        var next = admissions.makeAsyncIterator()
        await withTaskGroup(of: Void.self) { group in
            // The second would fit at once, but it is not its turn.
            for (position, size) in [50, 10].enumerated() {
                group.addTask {
                    await allowance.take(size)
                    admitted.yield(size)
                }
                while allowance.waitingCount <= position { await Task.yield() }
            }
            allowance.giveBack(60)
            #expect(Set([await next.next(), await next.next()]) == [50, 10])
            #expect(allowance.waitingCount == 0)
            allowance.giveBack(60)
            await allowance.take(100)
        }
    }
}
