import Testing

@testable import SQS

@Suite("What a queue holds")
struct QueueStateTests {
    private struct Bench {
        var state: QueueState
        /// Everything that would be in the journal.
        var changes: [QueueChange] = []
        var now: Int64 = 1_000_000

        init(isFIFO: Bool = false, _ change: (inout QueueSettings) -> Void = { _ in }) {
            var settings = QueueSettings(isFIFO: isFIFO)
            change(&settings)
            state = QueueState(settings: settings)
            changes.append(.settings(settings))
        }

        mutating func send(_ body: String, group: String? = nil, id: String? = nil, delay: Int = 0) {
            changes += state.advance(to: now)
            let message = Message(
                id: body,
                body: body,
                groupID: group,
                deduplicationID: state.settings.isFIFO ? id ?? body : nil,
                sentAt: now
            )
            guard state.original(of: message, at: now) == nil else { return }
            changes += state.send(message, delay: delay, at: now).1
        }

        mutating func receive(_ maximum: Int = 10, visibilityTimeout: Int = 30, limit: Int? = nil) -> [String] {
            changes += state.advance(to: now)
            let result = state.receive(
                maximum,
                visibilityTimeout: visibilityTimeout,
                maximumReceiveCount: limit,
                at: now
            )
            changes += result.changes
            for stored in result.dead { apply(.removed(number: stored.number)) }
            dead += result.dead.map(\.message.body)
            return result.taken.map(\.message.body)
        }

        mutating func remove(_ body: String) {
            guard let number = state.entries.first(where: { $0.value.stored.message.body == body })?.key else { return }
            apply(.removed(number: number))
        }

        mutating func hide(_ body: String, for seconds: Int) {
            guard let number = state.entries.first(where: { $0.value.stored.message.body == body })?.key else { return }
            apply(.hidden(number: number, visibleAt: now + Int64(seconds) * 1_000))
        }

        mutating func pass(_ seconds: Int) { now += Int64(seconds) * 1_000 }

        private mutating func apply(_ change: QueueChange) {
            state.apply(change)
            changes.append(change)
        }

        var dead: [String] = []
    }

    @Test func messagesComeInOrderAndStayAwayWhileInFlight() {
        var bench = Bench()
        for body in ["a", "b", "c"] { bench.send(body) }
        #expect(bench.receive(2) == ["a", "b"])
        #expect(bench.receive() == ["c"])
        #expect(bench.receive() == [])
        bench.remove("b")
        bench.pass(30)
        #expect(bench.receive() == ["a", "c"])
        #expect(bench.state.counts == QueueCounts(visible: 0, inFlight: 2, delayed: 0))
    }

    @Test func delayedMessagesComeLater() {
        var bench = Bench()
        bench.send("later", delay: 5)
        bench.send("now")
        #expect(bench.state.counts == QueueCounts(visible: 1, inFlight: 0, delayed: 1))
        #expect(bench.receive() == ["now"])
        #expect(bench.state.nextDue == bench.now + 5_000)
        bench.pass(5)
        #expect(bench.receive() == ["later"])
    }

    @Test func theVisibilityTimeoutCanBeChanged() {
        var bench = Bench()
        bench.send("a")
        #expect(bench.receive() == ["a"])
        bench.hide("a", for: 60)
        bench.pass(30)
        #expect(bench.receive() == [])
        bench.hide("a", for: 0)
        #expect(bench.receive() == ["a"])
    }

    /// The client hears of a failure and sends the same again.
    @Test func whatWasWithdrawnHasNoDuplicates() throws {
        var bench = Bench(isFIFO: true)
        bench.send("a", group: "g", id: "1")
        let stored = try #require(bench.state.entries.values.first?.stored)
        bench.state.withdraw(stored)
        bench.send("b", group: "g", id: "1")
        #expect(bench.receive() == ["b"])
    }

    @Test(arguments: [true, false]) func whatWasReinstatedIsFirstInItsGroup(isFIFO: Bool) throws {
        var bench = Bench(isFIFO: isFIFO)
        for body in ["a", "b"] { bench.send(body, group: "g") }
        #expect(bench.receive(1, visibilityTimeout: 0) == ["a"])
        _ = bench.state.advance(to: bench.now)
        let result = bench.state.receive(1, visibilityTimeout: 30, maximumReceiveCount: 1, at: bench.now)
        #expect(result.dead.map(\.message.body) == ["a"])
        for stored in result.dead { bench.state.reinstate(stored) }
        for stored in result.taken { bench.hide(stored.message.body, for: 0) }
        #expect(bench.receive(1) == ["a"])
    }

    @Test func whatIsReceivedTooOftenIsSetAside() {
        var bench = Bench()
        bench.send("poison")
        bench.send("good")
        for _ in 0..<2 {
            #expect(bench.receive(1, visibilityTimeout: 0, limit: 2) == ["poison"])
        }
        #expect(bench.receive(1, limit: 2) == ["good"])
        #expect(bench.dead == ["poison"])
        #expect(bench.state.counts == QueueCounts(visible: 0, inFlight: 1, delayed: 0))
    }

    @Test func oldMessagesAreForgotten() {
        var bench = Bench { $0.retentionPeriod = 60 }
        bench.send("a")
        bench.pass(50)
        bench.send("b")
        bench.pass(11)
        #expect(bench.receive() == ["b"])
    }

    // MARK: FIFO

    @Test func aGroupIsBlockedWhileOneOfItIsInFlight() {
        var bench = Bench(isFIFO: true)
        for (body, group) in [("a1", "a"), ("b1", "b"), ("a2", "a"), ("a3", "a"), ("b2", "b")] {
            bench.send(body, group: group)
        }
        #expect(bench.receive(1) == ["a1"])
        #expect(bench.receive(1) == ["b1"])
        #expect(bench.receive() == [])
        bench.remove("a1")
        #expect(bench.receive() == ["a2", "a3"])
        bench.remove("a2")
        #expect(bench.receive() == [])
        bench.pass(30)
        #expect(bench.receive() == ["b1", "b2", "a3"])
    }

    @Test func aReceiveTakesManyOfAGroupInOrder() {
        var bench = Bench(isFIFO: true)
        for (body, group) in [("a1", "a"), ("b1", "b"), ("a2", "a"), ("b2", "b")] { bench.send(body, group: group) }
        #expect(bench.receive() == ["a1", "a2", "b1", "b2"])
        bench.pass(30)
        #expect(bench.receive(3) == ["a1", "a2", "b1"])
    }

    @Test func aPoisonedGroupGoesOnWithoutItsPoison() {
        var bench = Bench(isFIFO: true)
        bench.send("poison", group: "a")
        bench.send("next", group: "a")
        #expect(bench.receive(1, visibilityTimeout: 1, limit: 1) == ["poison"])
        bench.pass(1)
        #expect(bench.receive(1, limit: 1) == ["next"])
        #expect(bench.dead == ["poison"])
        bench.remove("next")
        bench.send("last", group: "a")
        #expect(bench.receive(limit: 1) == ["last"])
    }

    @Test func aDuplicateIsDroppedForFiveMinutes() {
        var bench = Bench(isFIFO: true)
        bench.send("a", group: "g", id: "same")
        #expect(bench.receive() == ["a"])
        bench.remove("a")
        bench.pass(299)
        bench.send("b", group: "g", id: "same")
        #expect(bench.receive() == [])
        bench.pass(1)
        bench.send("c", group: "g", id: "same")
        #expect(bench.receive() == ["c"])
    }

    @Test func duplicatesCanCountForTheirGroupAlone() {
        var bench = Bench(isFIFO: true) { $0.deduplicatesByGroup = true }
        bench.send("a", group: "a", id: "same")
        bench.send("b", group: "b", id: "same")
        #expect(bench.receive() == ["a", "b"])
    }

    // MARK: The journal

    /// Random operations; the changes, and the snapshot, lead to a queue that goes on in the same way.
    @Test(arguments: [false, true], 0..<20)
    func changesLeadToTheSameState(isFIFO: Bool, seed: Int) throws {
        var random = Seeded(state: UInt64(seed) &* 7_919 &+ 1)
        var bench = Bench(isFIFO: isFIFO)
        for step in 0..<300 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0...3:
                let group = isFIFO ? ["x", "y", "z"].randomElement(using: &random) : nil
                bench.send("\(step)", group: group, delay: isFIFO ? 0 : Int.random(in: 0...2, using: &random))
            case 4...6:
                let count = Int.random(in: 1...10, using: &random)
                _ = bench.receive(count, visibilityTimeout: Int.random(in: 0...3, using: &random), limit: 3)
            case 7...8:
                let flying = bench.state.entries.values.filter(\.isInFlight).map(\.stored.message.body).sorted()
                if let body = flying.randomElement(using: &random) { bench.remove(body) }
            default:
                bench.pass(Int.random(in: 0...2, using: &random))
            }
        }
        for changes in [bench.changes, bench.state.snapshot(at: bench.now)] {
            var copy = bench
            copy.state = QueueState(settings: QueueSettings(isFIFO: isFIFO))
            for change in changes { copy.state.apply(change) }
            var original = bench
            for _ in 0..<10 {
                copy.pass(1)
                original.pass(1)
                #expect(copy.receive(2, limit: 3) == original.receive(2, limit: 3))
                #expect(copy.state.counts == original.state.counts)
            }
        }
    }
}

private struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 29)
    }
}
