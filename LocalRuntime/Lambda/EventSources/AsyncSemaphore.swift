/// A number of places for what runs at the same time; whoever finds none free waits in line.
actor AsyncSemaphore {
    private var free: Int
    private var line: [Int: CheckedContinuation<Bool, Never>] = [:]
    private var lastTicket = 0

    init(_ count: Int) { free = count }

    /// Takes a place; false if the task was cancelled before it got one.
    func take() async -> Bool {
        guard !Task.isCancelled else { return false }
        if free > 0 {
            free -= 1
            return true
        }
        lastTicket += 1
        let ticket = lastTicket
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if Task.isCancelled {
                    continuation.resume(returning: false)
                } else {
                    line[ticket] = continuation
                }
            }
        } onCancel: {
            Task { await self.leave(ticket) }
        }
    }

    func giveBack() {
        if let first = line.keys.min(), let continuation = line.removeValue(forKey: first) {
            continuation.resume(returning: true)
        } else {
            free += 1
        }
    }

    private func leave(_ ticket: Int) {
        line.removeValue(forKey: ticket)?.resume(returning: false)
    }
}
