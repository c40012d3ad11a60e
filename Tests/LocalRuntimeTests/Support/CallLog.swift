import EmulatorCore
import GatewayCore

/// Records the events of function calls, and lets a test wait for them.
actor CallLog {
    private struct Waiter {
        var function: String
        var index: Int
        var continuation: CheckedContinuation<JSONValue, Never>
    }

    private var calls: [String: [JSONValue]] = [:]
    private var waiters: [Waiter] = []

    func record(_ function: String, _ event: JSONValue) {
        calls[function, default: []].append(event)
        let index = count(of: function) - 1
        waiters.removeAll { waiter in
            guard waiter.function == function, waiter.index == index else { return false }
            waiter.continuation.resume(returning: event)
            return true
        }
    }

    /// The event of a function's call, 0 being the first. Waits until the call has happened.
    func event(_ index: Int = 0, of function: String) async -> JSONValue {
        if let calls = calls[function], calls.indices.contains(index) { return calls[index] }
        return await withCheckedContinuation { continuation in
            waiters.append(Waiter(function: function, index: index, continuation: continuation))
        }
    }

    func count(of function: String) -> Int { calls[function]?.count ?? 0 }
}
