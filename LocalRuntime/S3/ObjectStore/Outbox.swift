import Logging
import Synchronization

/// The events that their destinations do not have yet, in the order in which each key's have to come.
///
/// It holds in memory what the journal holds on disk.
final class Outbox: Sendable {
    /// Events of one key for one destination come in order; those of different lanes do not wait for each other.
    struct Lane: Hashable, Sendable {
        var destination: String
        var bucket: String
        var key: ObjectKey
    }

    private struct State {
        /// An empty one has a courier all the same.
        var lanes: [Lane: [PendingEvent]] = [:]
        /// Lanes that got their first event and that nobody delivers yet.
        var fresh: [Lane] = []
        var waiter: CheckedContinuation<Void, Never>?
        var isStopped = false
    }

    private let state = Mutex(State())
    private let logger: Logger

    init(logger: Logger) { self.logger = logger }

    func add(_ events: [PendingEvent]) {
        guard !events.isEmpty else { return }
        let waiter = state.withLock { state in
            for event in events {
                let lane = Lane(destination: event.destination, bucket: event.bucket, key: event.key)
                if state.lanes[lane] == nil { state.fresh.append(lane) }
                state.lanes[lane, default: []].append(event)
            }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    /// The lanes that want a courier; empty when it is over.
    func freshLanes() async -> [Lane] {
        await withTaskCancellationHandler {
            while true {
                let lanes = state.withLock { state in
                    defer { state.fresh = [] }
                    return state.fresh
                }
                guard lanes.isEmpty, !Task.isCancelled else { return Task.isCancelled ? [] : lanes }
                await withCheckedContinuation { continuation in
                    let isDue = state.withLock { state in
                        guard state.fresh.isEmpty, !state.isStopped else { return true }
                        state.waiter = continuation
                        return false
                    }
                    if isDue { continuation.resume() }
                }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.isStopped = true
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume()
        }
    }

    /// What comes next in a lane; nil: the lane is empty and gone.
    func first(in lane: Lane) -> PendingEvent? {
        state.withLock { state in
            guard let event = state.lanes[lane]?.first else {
                state.lanes[lane] = nil
                return nil
            }
            return event
        }
    }

    func removeFirst(in lane: Lane) {
        state.withLock { state in
            guard state.lanes[lane]?.isEmpty == false else { return }
            state.lanes[lane]?.removeFirst()
        }
    }
}
