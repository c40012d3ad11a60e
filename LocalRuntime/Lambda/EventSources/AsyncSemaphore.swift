/// Limits how many tasks run at the same time; further ones wait in order of arrival.
actor AsyncSemaphore {
    private var permits: Int
    private var waiting: [Int: CheckedContinuation<Bool, Never>] = [:]
    private var lastTicket = 0

    /// - Parameter permits: How many tasks may run at the same time.
    init(_ permits: Int) { self.permits = permits }

    /// Takes a permit, and waits for one if necessary; false if the task was cancelled before.
    func acquire() async -> Bool {
        guard !Task.isCancelled else { return false }
        if permits > 0 {
            permits -= 1
            return true
        }
        lastTicket += 1
        let ticket = lastTicket
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if Task.isCancelled {
                    continuation.resume(returning: false)
                } else {
                    waiting[ticket] = continuation
                }
            }
        } onCancel: {
            Task { await self.cancel(ticket) }
        }
    }

    /// Returns a permit to the first waiting task.
    func release() {
        if let first = waiting.keys.min(), let continuation = waiting.removeValue(forKey: first) {
            continuation.resume(returning: true)
        } else {
            permits += 1
        }
    }

    private func cancel(_ ticket: Int) {
        waiting.removeValue(forKey: ticket)?.resume(returning: false)
    }
}
