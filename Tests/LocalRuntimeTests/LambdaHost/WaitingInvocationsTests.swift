import Testing

@testable import LambdaHost

struct WaitingInvocationsTests {
    private struct Work: DispatchedWork {
        var id: Int
        var caller: String?
    }

    /// A queue with one invocation for each caller, numbered from 1.
    private func queue(_ callers: [String?]) -> WaitingInvocations<Work> {
        callers.enumerated().reduce(into: WaitingInvocations()) { queue, next in
            queue.append(Work(id: next.offset + 1, caller: next.element))
        }
    }

    private func all(_ queue: WaitingInvocations<Work>) -> [Int] {
        var queue = queue
        var ids: [Int] = []
        while let next = queue.popFirst() { ids.append(next.id) }
        #expect(queue.isEmpty && queue.count == 0)
        return ids
    }

    @Test(arguments: [
        ([nil, nil, nil], [1, 2, 3]),
        (["a", "a", "a"], [1, 2, 3]),
        (["a", "a", "a", "b"], [1, 4, 2, 3]),
        (["a", "a", "b", "b", "c"], [1, 3, 5, 2, 4]),
        (["a", nil, "a", nil], [1, 2, 4, 3]),
        ([], []),
    ])
    func callersTakeTurns(callers: [String?], order: [Int]) {
        #expect(all(queue(callers)) == order)
    }

    @Test func aCallerWhoSendsOnWaitsForOneInvocationOfEachOther() {
        var queue = queue(["a", "a", "a", "a", "b"])
        let first = [queue.popFirst(), queue.popFirst()]
        #expect(first.map(\.?.id) == [1, 5])
        queue.append(Work(id: 6, caller: "b"))
        #expect(all(queue) == [2, 6, 3, 4])
    }

    @Test func anInvocationThatHadItsTurnComesFirst() {
        var queue = queue(["a", "a", "b"])
        queue.prepend(Work(id: 0, caller: "c"))
        #expect(queue.count == 4)
        #expect(queue.oldest == 0)
        #expect(all(queue) == [0, 1, 3, 2])
    }

    @Test func knowsTheOldest() {
        var queue = queue(["a", "a", "b"])
        #expect(queue.oldest == 1)
        _ = queue.popFirst()
        #expect(queue.oldest == 2)
        _ = queue.removeAll()
        #expect(queue.oldest == nil)
    }

    @Test(arguments: [(1, [2, 3]), (2, [1, 3]), (3, [1, 2])])
    func removesAnInvocation(id: Int, left: [Int]) {
        var queue = queue(["a", "a", "b"])
        let removed = [queue.remove(id), queue.remove(id)]
        #expect(removed == [true, false])
        #expect(queue.count == 2)
        #expect(all(queue) == left)
    }

    @Test func aCallerWhoseInvocationWasRemovedTakesTurnsAgain() {
        var queue = queue(["a", "b"])
        _ = queue.remove(2)
        queue.append(Work(id: 3, caller: "b"))
        queue.append(Work(id: 4, caller: "b"))
        #expect(all(queue) == [1, 3, 4])
    }

    @Test func removesAllInTheOrderOfArrival() {
        var queue = queue(["a", "a", "b"])
        queue.prepend(Work(id: 0, caller: nil))
        let all = queue.removeAll()
        #expect(all.map(\.id) == [0, 1, 2, 3])
        #expect(queue.isEmpty)
    }
}
