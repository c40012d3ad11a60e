import Activity
import FoundationEssentials
import NIOCore
import Synchronization

/// Activity as Server-Sent Events: a `snapshot`, then `changes` in batches, and comments while nothing happens.
///
/// The client's pace sets the size of batches: each is assembled when the previous one has been sent, so that a slow
/// client gets larger batches instead of a longer queue.
/// https://html.spec.whatwg.org/multipage/server-sent-events.html
final class ActivityEventStream: Sendable {
    struct Pace: Sendable {
        /// The shortest time between two batches.
        var interval: Duration = .milliseconds(100)
        /// The shortest time after a snapshot that replaced a batch; snapshots cost more.
        var recovery: Duration = .seconds(1)
        /// The longest time without an event. Only writing reveals that a client has disconnected.
        var heartbeat: Duration = .seconds(15)
    }

    private let activity: ActivityRecorder
    private let pace: Pace
    private let pending: Pending
    private let wakeUps: AsyncStream<Void>
    private let collector: Task<Void, Never>

    init(of activity: ActivityRecorder, pace: Pace) {
        self.activity = activity
        self.pace = pace
        // Subscribe before the snapshot is taken, so that no change is lost between the two.
        let changes = activity.changes()
        let (wakeUps, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let pending = Pending()
        self.wakeUps = wakeUps
        self.pending = pending
        collector = Task {
            await withDiscardingTaskGroup { group in
                group.addTask {
                    for await change in changes {
                        pending.batch.withLock { $0.merge(change) }
                        wake.yield()
                    }
                }
                group.addTask {
                    while (try? await Task.sleep(for: pace.heartbeat)) != nil { wake.yield() }
                }
            }
        }
    }

    deinit { collector.cancel() }

    /// The encoded events. They end when the reader drops the stream or is cancelled.
    var chunks: AsyncThrowingStream<ByteBuffer, any Error> {
        let progress = Progress()
        return AsyncThrowingStream { try await self.next(progress) }
    }

    private func next(_ progress: Progress) async throws -> ByteBuffer? {
        guard let delay = progress.delay else {
            progress.recordSnapshot(delay: pace.interval)
            return try event("snapshot", ActivitySnapshot(of: activity))
        }
        guard (try? await Task.sleep(for: delay)) != nil else { return nil }
        for await _ in wakeUps {
            let batch = pending.take()
            guard !batch.isEmpty else { return ByteBuffer(string: ":\n\n") }
            guard progress.record(batch, delay: pace.interval) < ActivityBatch.changeLimit else {
                progress.recordSnapshot(delay: pace.recovery)
                return try event("snapshot", ActivitySnapshot(of: activity))
            }
            return try event("changes", batch)
        }
        return nil
    }

    private func event(_ name: String, _ value: some Encodable) throws -> ByteBuffer {
        var buffer = ByteBuffer(string: "event: \(name)\ndata: ")
        buffer.writeBytes(try JSONEncoder().encode(value))
        buffer.writeString("\n\n")
        return buffer
    }

    private final class Pending: Sendable {
        let batch = Mutex(ActivityBatch())

        func take() -> ActivityBatch {
            batch.withLock { batch in
                defer { batch = ActivityBatch() }
                return batch
            }
        }
    }

    private final class Progress: Sendable {
        private let state = Mutex((delay: Duration?.none, changesSinceSnapshot: 0))

        /// The delay before the next event; nil before the first.
        var delay: Duration? { state.withLock { $0.delay } }

        func recordSnapshot(delay: Duration) { state.withLock { $0 = (delay, 0) } }

        /// Returns the number of changes since the last snapshot.
        func record(_ batch: ActivityBatch, delay: Duration) -> Int {
            state.withLock { state in
                state.delay = delay
                state.changesSinceSnapshot += batch.changeCount
                return state.changesSinceSnapshot
            }
        }
    }
}
