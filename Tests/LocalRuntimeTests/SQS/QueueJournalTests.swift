import Foundation
import NIOCore
import SystemPackage
import Testing

@testable import SQS

@Suite("The journal of a queue")
struct QueueJournalTests {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    private var path: FilePath { FilePath(folder.appendingPathComponent("queue.journal").path) }

    private static let changes: [QueueChange] = {
        var settings = QueueSettings(isFIFO: true)
        settings.redrivePolicy = .init(deadLetterTarget: "arn:x", maximumReceiveCount: 3)
        settings.passive = ["Policy": "{}"]
        settings.tags = ["a": "b"]
        settings.createdAt = 5
        var message = Message(
            id: "1",
            body: "grüße 🎉",
            attributes: [
                .init(name: "t", dataType: "String", value: .text("x")),
                .init(name: "b", dataType: "Binary", value: .binary([0, 255])),
            ],
            traceHeader: "Root=1",
            groupID: "g",
            deduplicationID: "d",
            sentAt: 7
        )
        message.deadLetterSource = "arn:y"
        return [
            .settings(settings), .counter(9), .stored(StoredMessage(number: 9, message: message, visibleAt: 3)),
            .duplicate(.init(key: "d", messageID: "1", number: 9, expiresAt: 8)),
            .received(number: 9, visibleAt: 4, count: 2, time: 3), .hidden(number: 9, visibleAt: 6),
            .removed(number: 9), .purged,
        ]
    }()

    private func read() throws -> [QueueChange] {
        var found: [QueueChange] = []
        _ = try QueueJournal(path: path) { found.append($0) }
        return found
    }

    @Test func whatIsWrittenIsRead() throws {
        var journal = try QueueJournal(path: path) { _ in }
        for change in Self.changes { try journal.append([change]) }
        let found = try read()
        #expect(found == Self.changes)
    }

    /// A process can be killed at any byte.
    @Test func aRecordThatWasCutOffIsDroppedAndTheNextOneFollows() throws {
        var journal = try QueueJournal(path: path) { _ in }
        try journal.append(Self.changes)
        let whole = try Data(contentsOf: URL(fileURLWithPath: path.string))
        for length in stride(from: whole.count - 1, to: 0, by: -7) {
            try whole.prefix(length).write(to: URL(fileURLWithPath: path.string))
            var kept: [QueueChange] = []
            var journal = try QueueJournal(path: path) { kept.append($0) }
            #expect(kept == Array(Self.changes.prefix(kept.count)))
            #expect(kept.count < Self.changes.count)
            try journal.append([.counter(77)])
            let found = try read()
            #expect(found == kept + [.counter(77)])
        }
    }

    @Test func compactionKeepsOnlyTheState() throws {
        var journal = try QueueJournal(path: path) { _ in }
        for _ in 0..<100 { try journal.append(Self.changes) }
        try journal.compact([.counter(1)])
        try journal.append([.counter(2)])
        let found = try read()
        #expect(found == [.counter(1), .counter(2)])
    }
}

@Suite("A queue")
struct QueueTests {
    private func service(_ folder: URL) async throws -> QueueService {
        try await QueueService(
            folder: folder.path,
            declarations: [.init(name: "jobs", settings: QueueSettings(isFIFO: false))],
            accountID: "123456789012",
            region: "us-east-1",
            url: "http://127.0.0.1:3001",
            now: { Int64(Date().timeIntervalSince1970 * 1_000) }
        )
    }

    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

    @Test func messagesAreThereAfterARestartAndReceiptHandlesStillCount() async throws {
        let first = try #require(try await service(folder).queue(named: "jobs"))
        try await first.send([.init(body: "a"), .init(body: "b")])
        let received = try await first.receive(1)
        let second = try #require(try await service(folder).queue(named: "jobs"))
        let counts = await second.counts()
        #expect(counts == QueueCounts(visible: 1, inFlight: 1, delayed: 0))
        try await second.delete(received[0].receiptHandle)
        let left = try await second.receive(10).map(\.message.body)
        #expect(left == ["b"])
    }

    @Test func whatIsReleasedCountsAsNotReceived() async throws {
        let queue = try #require(try await service(folder).queue(named: "jobs"))
        try await queue.send([.init(body: "a")])
        let handle = try #require(try await queue.receive(1).first).receiptHandle
        try await queue.releaseInFlight(hiddenBeyond: 5)
        let again = try #require(try await queue.receive(1).first)
        #expect(again.stored.receiveCount == 1)
        // Who waits for another attempt has had the last one.
        #expect(again.receiptHandle == handle)
        try await queue.changeVisibility(again.receiptHandle, timeout: 4)
        try await queue.releaseInFlight(hiddenBeyond: 5)
        let waiting = try await queue.receive(1)
        #expect(waiting.isEmpty)
    }

    @Test func aPollEndsWhenItsTaskIsCancelled() async throws {
        let queue = try #require(try await service(folder).queue(named: "jobs"))
        let poll = Task { try await queue.receive(1, wait: 20) }
        // Nobody hears of a poll that waits. One that is cancelled before ends as well.
        try await Task.sleep(for: .milliseconds(50))
        poll.cancel()
        let received = try await poll.value
        #expect(received.isEmpty)
    }

    /// The digests of SQS's documentation and of boto3.
    @Test func digestsAreThoseOfSQS() {
        let attributes: [MessageAttribute] = [
            .init(name: "a", dataType: "String", value: .text("x")),
            .init(name: "b", dataType: "Binary", value: .binary([0, 1])),
            .init(name: "n", dataType: "Number.int", value: .text("3")),
        ]
        #expect(Digest.md5(of: "hé".utf8) == "33fcd01258e6ba07ef405dc9e721f3a7")
        #expect(Digest.md5(of: attributes) == "95f4e0cbb3cc67495cbc85aa208e22ee")
    }
}
