import Testing

@testable import SQS

@Suite("The state of a queue")
struct QueueStateTests {
    private struct TestQueue {
        var state: QueueState
        /// All changes, as in the journal.
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
            let message = QueueMessage(
                id: body,
                body: body,
                groupID: group,
                deduplicationID: state.settings.isFIFO ? id ?? body : nil,
                sentAt: now
            )
            guard state.original(of: message, at: now) == nil else { return }
            changes.append(.stored(state.send(message, delay: delay, at: now)))
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
            return result.received.map(\.message.body)
        }

        mutating func remove(_ body: String) {
            guard let number = state.entries.first(where: { $0.value.stored.message.body == body })?.key else { return }
            apply(.removed(number: number))
        }

        mutating func hide(_ body: String, for seconds: Int) {
            guard let number = state.entries.first(where: { $0.value.stored.message.body == body })?.key else { return }
            apply(.hidden(number: number, visibleAt: now + Int64(seconds) * 1_000))
        }

        mutating func advance(_ seconds: Int) { now += Int64(seconds) * 1_000 }

        private mutating func apply(_ change: QueueChange) {
            state.apply(change)
            changes.append(change)
        }

        var dead: [String] = []
    }

    @Test func receivesInOrderAndHidesMessagesInFlight() {
        var queue = TestQueue()
        for body in ["a", "b", "c"] { queue.send(body) }
        #expect(queue.receive(2) == ["a", "b"])
        #expect(queue.receive() == ["c"])
        #expect(queue.receive() == [])
        queue.remove("b")
        queue.advance(30)
        #expect(queue.receive() == ["a", "c"])
        #expect(queue.state.counts == QueueCounts(visible: 0, inFlight: 2, delayed: 0))
    }

    @Test func aDelayedMessageCanBeReceivedLater() {
        var queue = TestQueue()
        queue.send("later", delay: 5)
        queue.send("now")
        #expect(queue.state.counts == QueueCounts(visible: 1, inFlight: 0, delayed: 1))
        #expect(queue.receive() == ["now"])
        #expect(queue.state.nextVisibility == queue.now + 5_000)
        queue.advance(5)
        #expect(queue.receive() == ["later"])
    }

    @Test func changesTheVisibilityTimeout() {
        var queue = TestQueue()
        queue.send("a")
        #expect(queue.receive() == ["a"])
        queue.hide("a", for: 60)
        queue.advance(30)
        #expect(queue.receive() == [])
        queue.hide("a", for: 0)
        #expect(queue.receive() == ["a"])
    }

    @Test func aWithdrawnMessageHasNoDuplicates() throws {
        var queue = TestQueue(isFIFO: true)
        queue.send("a", group: "g", id: "1")
        let stored = try #require(queue.state.entries.values.first?.stored)
        queue.state.withdraw(stored)
        queue.send("b", group: "g", id: "1")
        #expect(queue.receive() == ["b"])
    }

    @Test(arguments: [true, false]) func aReinstatedMessageIsFirstInItsGroup(isFIFO: Bool) throws {
        var queue = TestQueue(isFIFO: isFIFO)
        for body in ["a", "b"] { queue.send(body, group: "g") }
        #expect(queue.receive(1, visibilityTimeout: 0) == ["a"])
        _ = queue.state.advance(to: queue.now)
        let result = queue.state.receive(1, visibilityTimeout: 30, maximumReceiveCount: 1, at: queue.now)
        #expect(result.dead.map(\.message.body) == ["a"])
        for stored in result.dead { queue.state.reinstate(stored) }
        for stored in result.received { queue.hide(stored.message.body, for: 0) }
        #expect(queue.receive(1) == ["a"])
    }

    @Test func aMessageThatIsReceivedTooOftenIsSetAside() {
        var queue = TestQueue()
        queue.send("dead")
        queue.send("good")
        for _ in 0..<2 {
            #expect(queue.receive(1, visibilityTimeout: 0, limit: 2) == ["dead"])
        }
        #expect(queue.receive(1, limit: 2) == ["good"])
        #expect(queue.dead == ["dead"])
        #expect(queue.state.counts == QueueCounts(visible: 0, inFlight: 1, delayed: 0))
    }

    @Test func messagesPastTheRetentionPeriodAreRemoved() {
        var queue = TestQueue { $0.retentionPeriod = 60 }
        queue.send("a")
        queue.advance(50)
        queue.send("b")
        queue.advance(11)
        #expect(queue.receive() == ["b"])
    }

    // MARK: FIFO

    @Test func aMessageInFlightBlocksItsGroup() {
        var queue = TestQueue(isFIFO: true)
        for (body, group) in [("a1", "a"), ("b1", "b"), ("a2", "a"), ("a3", "a"), ("b2", "b")] {
            queue.send(body, group: group)
        }
        #expect(queue.receive(1) == ["a1"])
        #expect(queue.receive(1) == ["b1"])
        #expect(queue.receive() == [])
        queue.remove("a1")
        #expect(queue.receive() == ["a2", "a3"])
        queue.remove("a2")
        #expect(queue.receive() == [])
        queue.advance(30)
        #expect(queue.receive() == ["b1", "b2", "a3"])
    }

    @Test func aReceiveReturnsSeveralMessagesOfAGroupInOrder() {
        var queue = TestQueue(isFIFO: true)
        for (body, group) in [("a1", "a"), ("b1", "b"), ("a2", "a"), ("b2", "b")] { queue.send(body, group: group) }
        #expect(queue.receive() == ["a1", "a2", "b1", "b2"])
        queue.advance(30)
        #expect(queue.receive(3) == ["a1", "a2", "b1"])
    }

    @Test func aGroupContinuesAfterADeadLetter() {
        var queue = TestQueue(isFIFO: true)
        queue.send("dead", group: "a")
        queue.send("next", group: "a")
        #expect(queue.receive(1, visibilityTimeout: 1, limit: 1) == ["dead"])
        queue.advance(1)
        #expect(queue.receive(1, limit: 1) == ["next"])
        #expect(queue.dead == ["dead"])
        queue.remove("next")
        queue.send("last", group: "a")
        #expect(queue.receive(limit: 1) == ["last"])
    }

    @Test func aDuplicateIsDroppedForFiveMinutes() {
        var queue = TestQueue(isFIFO: true)
        queue.send("a", group: "g", id: "same")
        #expect(queue.receive() == ["a"])
        queue.remove("a")
        queue.advance(299)
        queue.send("b", group: "g", id: "same")
        #expect(queue.receive() == [])
        queue.advance(1)
        queue.send("c", group: "g", id: "same")
        #expect(queue.receive() == ["c"])
    }

    @Test func duplicatesCanBeDetectedPerGroup() {
        var queue = TestQueue(isFIFO: true) { $0.deduplicatesByGroup = true }
        queue.send("a", group: "a", id: "same")
        queue.send("b", group: "b", id: "same")
        #expect(queue.receive() == ["a", "b"])
    }

    // MARK: The journal

    /// After random operations, the changes and the snapshot both lead to a state that behaves like the original.
    @Test(arguments: [false, true], 0..<20)
    func changesAndSnapshotRestoreTheState(isFIFO: Bool, seed: Int) throws {
        var random = Seeded(state: UInt64(seed) &* 7_919 &+ 1)
        var queue = TestQueue(isFIFO: isFIFO)
        for step in 0..<300 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0...3:
                let group = isFIFO ? ["x", "y", "z"].randomElement(using: &random) : nil
                queue.send("\(step)", group: group, delay: isFIFO ? 0 : Int.random(in: 0...2, using: &random))
            case 4...6:
                let count = Int.random(in: 1...10, using: &random)
                _ = queue.receive(count, visibilityTimeout: Int.random(in: 0...3, using: &random), limit: 3)
            case 7...8:
                let inFlight = queue.state.entries.values.filter(\.isInFlight).map(\.stored.message.body).sorted()
                if let body = inFlight.randomElement(using: &random) { queue.remove(body) }
            default:
                queue.advance(Int.random(in: 0...2, using: &random))
            }
        }
        for changes in [queue.changes, queue.state.snapshot(at: queue.now)] {
            var copy = queue
            copy.state = QueueState(settings: QueueSettings(isFIFO: isFIFO))
            for change in changes { copy.state.apply(change) }
            var original = queue
            for _ in 0..<10 {
                copy.advance(1)
                original.advance(1)
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
