import Synchronization

/// The receives that wait for a queue to change.
final class QueueWaiters: Sendable {
    private struct State {
        /// In order of arrival by their keys.
        var continuations: [Int: CheckedContinuation<Void, Never>] = [:]
        var lastWaiter = 0
        var version = 0
        var isClosed = false
    }

    /// Calls the closure after a number of milliseconds, unless the task is cancelled before.
    typealias StartTimer = @Sendable (Int64, @escaping @Sendable () -> Void) -> Task<Void, Never>

    private let state = Mutex(State())
    private let startTimer: StartTimer

    init(
        startTimer: @escaping StartTimer = { milliseconds, fire in
            Task {
                try? await Task.sleep(for: .milliseconds(milliseconds))
                fire()
            }
        }
    ) {
        self.startTimer = startTimer
    }

    /// Grows with every change.
    var version: Int { state.withLock { $0.version } }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Returns when the queue has changed since a version, when the time is over, or when the task is cancelled.
    func wait(since version: Int, milliseconds: Int64) async {
        let waiter = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        let timer = await withTaskCancellationHandler {
            var timer: Task<Void, Never>?
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    // A cancellation before this point found nothing to wake.
                    guard !Task.isCancelled, !state.isClosed, state.version == version else { return true }
                    state.continuations[waiter] = continuation
                    return false
                }
                guard !isOver else { return continuation.resume() }
                // Not started earlier: it would find nothing to wake if it fired before the registration.
                timer = startTimer(milliseconds) { self.wake(waiter) }
            }
            return timer
        } onCancel: {
            wake(waiter)
        }
        timer?.cancel()
    }

    /// Lets every waiting receive look at the queue again, in order of arrival.
    func wakeAll() {
        let waiting = state.withLock { state in
            state.version += 1
            defer { state.continuations = [:] }
            return state.continuations
        }
        for (_, continuation) in waiting.sorted(by: { $0.key < $1.key }) { continuation.resume() }
    }

    /// Ends all waiting, now and later.
    func close() {
        state.withLock { $0.isClosed = true }
        wakeAll()
    }

    private func wake(_ waiter: Int) {
        state.withLock { $0.continuations.removeValue(forKey: waiter) }?.resume()
    }
}
