import Foundation
import Journal
import NIOHTTP1
import Synchronization
import Testing

@testable import SQS

@Suite("A queue")
struct QueueTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

    private func service(_ folder: URL) throws -> QueueService {
        try QueueService(
            in: folder,
            declaring: [.init(name: "jobs", settings: QueueSettings(isFIFO: false))],
            now: { Int64(Date().timeIntervalSince1970 * 1_000) }
        )
    }

    private func queue() throws -> Queue { try #require(try service(folder).queue(named: "jobs")) }

    /// The queue as another process finds it after this one was killed.
    private func reopened() throws -> Queue {
        let copy = folder.appendingPathExtension("copy")
        try FileManager.default.copyItem(at: folder, to: copy)
        return try #require(try service(copy).queue(named: "jobs"))
    }

    @Test func messagesAndReceiptHandlesSurviveARestart() async throws {
        let first = try queue()
        try await first.send([.init(body: "a"), .init(body: "b")])
        let received = try await first.receive(1)
        let second = try reopened()
        let counts = await second.counts()
        #expect(counts == QueueCounts(visible: 1, inFlight: 1, delayed: 0))
        try await second.delete(received[0].receiptHandle)
        let left = try await second.receive(10).map(\.message.body)
        #expect(left == ["b"])
    }

    /// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_PurgeQueue.html
    @Test func isPurgedOnceAMinute() async throws {
        let clock = Mutex<Int64>(1_000_000)
        let service = try QueueService(in: folder, now: { clock.withLock { $0 } })
        let queue = try service.create("jobs", QueueSettings(isFIFO: false)).queue
        try await queue.purge()
        try await queue.send([.init(body: "a")])
        for wait: Int64 in [0, 30_000, 29_999] {
            clock.withLock { $0 += wait }
            let error = await #expect(throws: SQSError.self) { try await queue.purge() }
            #expect(error?.queryCode == "AWS.SimpleQueueService.PurgeQueueInProgress")
            #expect(error?.status == .forbidden)
        }
        #expect(await queue.counts().visible == 1)
        clock.withLock { $0 += 1 }
        try await queue.purge()
        #expect(await queue.counts().visible == 0)
    }

    @Test func aFolderIsUsedByOneServiceAtATime() throws {
        let service = try service(folder)
        let error = #expect(throws: JournalError.self) { _ = try self.service(folder) }
        #expect(error?.code == .inUse)
        withExtendedLifetime(service) {}
    }

    @Test func aDeletedQueueCanBeCreatedAgain() async throws {
        let service = try service(folder)
        let (queue, _) = try service.create("temporary", QueueSettings(isFIFO: false))
        try await queue.send([.init(body: "a")])
        await service.delete(queue)
        let (again, isNew) = try service.create("temporary", QueueSettings(isFIFO: false))
        #expect(isNew)
        let counts = await again.counts()
        #expect(counts == QueueCounts(visible: 0, inFlight: 0, delayed: 0))
        await #expect(throws: SQSError.nonExistentQueue) { try await queue.send([.init(body: "b")]) }
    }

    @Test func aQueueThatIsNoLongerDeclaredIsHiddenButKept() async throws {
        let service = try service(folder)
        try await service.queue(named: "jobs")?.send([.init(body: "a")])
        let copy = folder.appendingPathExtension("copy")
        try FileManager.default.copyItem(at: folder, to: copy)
        let without = try QueueService(in: copy, now: { 0 })
        #expect(without.all.isEmpty)
        _ = consume without
        let counts = await (try self.service(copy)).queue(named: "jobs")?.counts()
        #expect(counts?.visible == 1)
    }

    @Test func aReleasedMessageCountsAsNotReceived() async throws {
        let queue = try queue()
        try await queue.send([.init(body: "a")])
        let handle = try #require(try await queue.receive(1).first).receiptHandle
        try await queue.releaseInFlight(hiddenBeyond: 5)
        let again = try #require(try await queue.receive(1).first)
        #expect(again.stored.receiveCount == 1)
        #expect(again.receiptHandle == handle)
        // A message that is hidden for a short time waits for its next attempt and is not released.
        try await queue.changeVisibility(again.receiptHandle, timeout: 4)
        try await queue.releaseInFlight(hiddenBeyond: 5)
        let waiting = try await queue.receive(1)
        #expect(waiting.isEmpty)
    }

    @Test func aWaitingReceiveGetsAMessageThatIsSentMeanwhile() async throws {
        let queue = try queue()
        async let received = queue.receive(1, wait: 20)
        try await queue.send([.init(body: "a")])
        #expect(try await received.map(\.message.body) == ["a"])
    }

    @Test func aWaitingReceiveEndsWhenItsTaskIsCancelled() async throws {
        let queue = try queue()
        let receive = Task { try await queue.receive(1, wait: 20) }
        // Usually the receive waits by now. If it has not begun, the cancellation ends it as well.
        try await Task.sleep(for: .milliseconds(50))
        receive.cancel()
        let received = try await receive.value
        #expect(received.isEmpty)
    }

    /// The values are those of SQS's documentation and of boto3.
    @Test func computesTheDigestsOfSQS() {
        let attributes: [MessageAttribute] = [
            .init(name: "a", dataType: "String", value: .text("x")),
            .init(name: "b", dataType: "Binary", value: .binary([0, 1])),
            .init(name: "n", dataType: "Number.int", value: .text("3")),
        ]
        #expect(MessageDigest.md5(of: "hé".utf8) == "33fcd01258e6ba07ef405dc9e721f3a7")
        #expect(MessageDigest.md5(of: attributes) == "95f4e0cbb3cc67495cbc85aa208e22ee")
    }
}
