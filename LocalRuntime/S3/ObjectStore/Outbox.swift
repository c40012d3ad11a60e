import Synchronization

/// The events that have not been delivered, in memory; the journal has them on disk.
final class Outbox: Sendable {
    /// The events of one key for one destination. They are delivered in order, and independently of other lanes.
    struct Lane: Hashable, Sendable {
        var destination: String
        var bucket: String
        var key: ObjectKey
    }

    private struct State {
        /// The task of a lane delivers its events until the lane is empty.
        var lanes: [Lane: [PendingEvent]] = [:]
        /// Lanes whose task has not been started.
        var fresh: [Lane] = []
        var waiter: CheckedContinuation<Void, Never>?
        var isStopped = false
    }

    private let state = Mutex(State())

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

    /// Waits for lanes that need a task; none when the current task has been cancelled.
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

    /// The next event of a lane; nil if the lane is empty, which removes it.
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
