import Foundation
import Synchronization
import Testing

@testable import SQS

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
struct ReceiveAttemptTests {
    private final class Clock: Sendable {
        let time = Mutex<Int64>(1_000_000)
    }

    private let clock = Clock()
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

    private func queue(isFIFO: Bool = true) async throws -> Queue {
        let service = try QueueService(in: folder, now: { [clock] in clock.time.withLock { $0 } })
        let queue = try service.create(isFIFO ? "a.fifo" : "a", QueueSettings(isFIFO: isFIFO)).queue
        for body in ["a", "b", "c"] {
            var draft = Queue.Draft(body: body)
            if isFIFO { (draft.groupID, draft.deduplicationID) = (body, body) }
            try await queue.send([draft])
        }
        return queue
    }

    private func advance(seconds: Int64) { clock.time.withLock { $0 += seconds * 1_000 } }

    private func receive(_ queue: Queue, _ attempt: String?, timeout: Int = 30) async throws -> [Queue.Received] {
        try await queue.receive(2, wait: 0, visibilityTimeout: timeout, attempt: attempt)
    }

    @Test func receivesTheSameMessagesAgainAndHidesThemAnew() async throws {
        let queue = try await queue()
        let first = try await receive(queue, "x")
        advance(seconds: 20)
        let second = try await receive(queue, "x")
        #expect(first.map(\.message.body) == ["a", "b"])
        #expect(second.map(\.message.body) == ["a", "b"])
        #expect(second.map(\.receiptHandle) == first.map(\.receiptHandle))
        #expect(second.map(\.stored.receiveCount) == [1, 1])
        advance(seconds: 20)
        #expect(try await receive(queue, "x").map(\.receiptHandle) == first.map(\.receiptHandle))
        #expect(await queue.counts() == QueueCounts(visible: 1, inFlight: 2, delayed: 0))
        for received in first { try await queue.delete(received.receiptHandle) }
        #expect(try await receive(queue, "x").map(\.message.body) == ["c"])
    }

    @Test(arguments: ["y", nil]) func otherAttemptsReceiveOtherMessages(attempt: String?) async throws {
        let queue = try await queue()
        _ = try await receive(queue, "x")
        #expect(try await receive(queue, attempt).map(\.message.body) == ["c"])
    }

    @Test func aStandardQueueIgnoresAttempts() async throws {
        let queue = try await queue(isFIFO: false)
        _ = try await receive(queue, "x")
        #expect(try await receive(queue, "x").map(\.message.body) == ["c"])
    }

    @Test func changedVisibilityEndsAnAttempt() async throws {
        let queue = try await queue()
        let first = try await receive(queue, "x")
        try await queue.changeVisibility(first[0].receiptHandle, timeout: 60)
        #expect(try await receive(queue, "x").map(\.message.body) == ["c"])
    }

    @Test func expiredVisibilityEndsAnAttempt() async throws {
        let queue = try await queue()
        let first = try await receive(queue, "x")
        advance(seconds: 31)
        let second = try await receive(queue, "x")
        #expect(second.map(\.stored.receiveCount) == [2, 2])
        #expect(second.map(\.receiptHandle) != first.map(\.receiptHandle))
    }

    @Test func anAttemptCanBeRepeatedForFiveMinutes() async throws {
        let queue = try await queue()
        _ = try await receive(queue, "x", timeout: 600)
        advance(seconds: 299)
        #expect(try await receive(queue, "x", timeout: 600).map(\.message.body) == ["a", "b"])
        advance(seconds: 1)
        #expect(try await receive(queue, "x", timeout: 600).map(\.message.body) == ["c"])
    }
}
