import Synchronization

/// A number of bytes that tasks share. Those that ask for more than is left wait for their turn.
final class ByteAllowance: Sendable {
    private struct State {
        var available: Int
        var waiting: [(size: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state: Mutex<State>

    init(_ size: Int) { state = Mutex(State(available: size)) }

    /// How many tasks wait.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// Returns when the bytes are available, in the order of the calls.
    ///
    /// - Parameter size: At most the size of the allowance. It must be given back.
    func take(_ size: Int) async {
        await withCheckedContinuation { continuation in
            let isAvailable = state.withLock { state in
                guard state.waiting.isEmpty, state.available >= size else {
                    state.waiting.append((size, continuation))
                    return false
                }
                state.available -= size
                return true
            }
            if isAvailable { continuation.resume() }
        }
    }

    func giveBack(_ size: Int) {
        let admitted = state.withLock { state in
            state.available += size
            var admitted: [CheckedContinuation<Void, Never>] = []
            while let first = state.waiting.first, first.size <= state.available {
                state.available -= first.size
                admitted.append(first.continuation)
                state.waiting.removeFirst()
            }
            return admitted
        }
        for continuation in admitted { continuation.resume() }
    }
}
