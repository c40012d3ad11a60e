import Testing

@testable import Activity

@Suite struct RecentInvocationsTests {
    private static func record(_ id: Int, _ size: Int) -> InvocationRecord {
        .init(id: "\(id)", function: "F", trigger: "T", startedAt: 0, event: String(repeating: "x", count: size))
    }

    private static func invocations(_ sizes: [Int], limit: Int = 5) -> RecentInvocations {
        var invocations = RecentInvocations(limit: limit, memoryLimit: 100)
        for (id, size) in sizes.enumerated() { invocations.append(record(id, size)) }
        return invocations
    }

    @Test(arguments: [
        ([50, 50], [false, false]), ([50, 51], [true, false]), ([10, 90, 90], [true, true, false]),
        ([1, 1, 200], [true, true, false]), ([], []),
    ])
    func keepsTheTextsOfTheNewest(sizes: [Int], abridged: [Bool]) {
        let invocations = Self.invocations(sizes)
        #expect(invocations.all.map(\.isAbridged) == abridged)
        #expect(invocations.all.map { $0.event.isEmpty } == abridged)
        #expect(invocations.textSize == zip(sizes, abridged).reduce(0) { $0 + ($1.1 ? 0 : $1.0) })
    }

    @Test func countsResponsesAndLogs() {
        var invocations = Self.invocations([40, 40])
        _ = invocations.update("1") { $0.response = String(repeating: "x", count: 15) }
        #expect(invocations["0"]?.isAbridged == false)
        _ = invocations.update("1") { $0.logs = [.init(time: 0, text: "0123456789")] }
        #expect(invocations["0"]?.isAbridged == true)
        #expect(invocations.textSize == 65)
    }

    /// It keeps its status, but what it still logs is dropped.
    @Test func updatesAnInvocationWithoutTexts() {
        var invocations = Self.invocations([60, 60])
        let updated = invocations.update("0") {
            $0.status = .succeeded
            $0.response = "late"
        }
        #expect(updated?.status == .succeeded)
        #expect(updated?.response == nil)
        #expect(invocations.textSize == 60)
    }

    @Test func forgetsTheSizesOfInvocationsThatAreNoLongerKept() {
        let invocations = Self.invocations(Array(repeating: 10, count: 50), limit: 3)
        #expect(invocations.all.map(\.id) == ["47", "48", "49"])
        #expect(invocations.textSize == 30)
        // An invocation that is tried again has the same id.
        var repeated = Self.invocations([10])
        repeated.append(Self.record(0, 20))
        #expect(repeated.textSize == 20)
    }
}
