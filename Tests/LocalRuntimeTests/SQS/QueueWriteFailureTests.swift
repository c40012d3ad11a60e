import Foundation
import Journal
import Testing

@testable import SQS

@Suite("A queue whose journal cannot be written")
struct QueueWriteFailureTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

    private func queue(
        _ name: String = "jobs",
        isFIFO: Bool = false,
        deadLetterQueue: Queue? = nil
    ) throws -> Queue {
        var settings = QueueSettings(isFIFO: isFIFO)
        if let deadLetterQueue {
            settings.redrivePolicy = .init(deadLetterTarget: deadLetterQueue.arn, maximumReceiveCount: 1)
        }
        return try Queue(
            name: name,
            arn: "arn:aws:sqs:us-east-1:123456789012:\(name)",
            settings: settings,
            replacesSettings: false,
            path: folder.appendingPathComponent(name).path,
            now: { 1_000_000 },
            deadLetterQueue: { _ in deadLetterQueue }
        )
    }

    /// Makes the next append to a queue's journal fail: the file gets the largest size that its file system allows. The
    /// failed append makes the file short again.
    private func exhaust(_ name: String = "jobs") throws {
        let path = folder.appendingPathComponent(name).path
        var (possible, impossible) = (0, Int.max)
        while impossible - possible > 1 {
            let size = possible + (impossible - possible) / 2
            if truncate(path, off_t(size)) == 0 { possible = size } else { impossible = size }
        }
        try #require(possible > 0)
    }

    private func expectFailure(_ call: () async throws -> Void) async {
        let error = await #expect(throws: JournalError.self) { try await call() }
        #expect(error?.code == .system)
    }

    /// Compares the queue's state with that of its journal.
    private func expectTheJournalMatches(_ queue: Queue) async throws {
        let name = queue.name
        let copy = "\(name)-\(UUID().uuidString)"
        try FileManager.default.copyItem(
            at: folder.appendingPathComponent(name),
            to: folder.appendingPathComponent(copy)
        )
        let written = await (try self.queue(copy)).state.snapshot(at: 0)
        let state = await queue.state.snapshot(at: 0)
        #expect(Set(written.filter { !$0.isCounter }) == Set(state.filter { !$0.isCounter }))
    }

    @Test func keepsItsMessagesAfterAFailedPurge() async throws {
        let queue = try queue()
        try await queue.send([.init(body: "a")])
        try exhaust()
        await expectFailure { try await queue.purge() }
        #expect(await queue.counts().visible == 1)
        try await expectTheJournalMatches(queue)
        try await queue.purge()
        #expect(await queue.counts().visible == 0)
        try await expectTheJournalMatches(queue)
    }

    @Test func keepsAMessageInFlightAfterFailedChanges() async throws {
        let queue = try queue()
        try await queue.send([.init(body: "a")])
        let handle = try #require(try await queue.receive(1).first).receiptHandle
        let changes: [@Sendable () async throws -> Void] = [
            { try await queue.changeVisibility(handle, timeout: 60) },
            { try await queue.putBack(handle, for: 60) },
            { try await queue.releaseInFlight(hiddenBeyond: 5) },
            { try await queue.delete(handle) },
        ]
        for change in changes {
            try exhaust()
            await expectFailure(change)
            #expect(await queue.counts() == QueueCounts(visible: 0, inFlight: 1, delayed: 0))
            try await expectTheJournalMatches(queue)
        }
        try await queue.delete(handle)
        #expect(await queue.counts() == QueueCounts(visible: 0, inFlight: 0, delayed: 0))
    }

    @Test(arguments: [false, true]) func deliversMessagesAfterAFailedReceive(isFIFO: Bool) async throws {
        let queue = try queue(isFIFO: isFIFO)
        let drafts = ["a", "b", "c"].map { body in
            var draft = Queue.Draft(body: body)
            if isFIFO { draft.groupID = "group" }
            return draft
        }
        try await queue.send(drafts)
        try exhaust()
        await expectFailure { _ = try await queue.receive(2) }
        #expect(await queue.counts() == QueueCounts(visible: 3, inFlight: 0, delayed: 0))
        try await expectTheJournalMatches(queue)
        let received = try await queue.receive(10)
        #expect(received.map(\.message.body) == ["a", "b", "c"])
        #expect(received.map(\.stored.receiveCount) == [1, 1, 1])
    }

    @Test(arguments: ["jobs", "dead"]) func movesADeadLetterOnceAfterAFailure(of name: String) async throws {
        let dead = try queue("dead")
        let queue = try queue(deadLetterQueue: dead)
        try await queue.send([.init(body: "a")])
        _ = try await queue.receive(1, visibilityTimeout: 0)
        try exhaust(name)
        await expectFailure { _ = try await queue.receive(1) }
        #expect(await queue.counts().visible == 1)
        try await expectTheJournalMatches(dead)
        let received = try await queue.receive(1)
        #expect(received.isEmpty)
        #expect(await queue.counts().visible == 0)
        #expect(try await dead.receive(10).map(\.message.body) == ["a"])
        try await expectTheJournalMatches(dead)
    }
}

extension QueueChange {
    fileprivate var isCounter: Bool {
        if case .counter = self { true } else { false }
    }
}
