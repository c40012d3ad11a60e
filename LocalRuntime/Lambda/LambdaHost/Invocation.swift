import NIOCore

/// One event that the host is processing.
struct Invocation: ProcessWork, DispatchedWork {
    /// Increases in the order of arrival.
    var id: Int
    /// The function's index in the host.
    var function: Int
    var request: InvocationRequest
    var requestID: String
    var traceID: String
    var callerDeadline: NIODeadline?
    /// Must be resumed exactly once.
    var continuation: CheckedContinuation<InvocationResult, Never>

    var caller: String? { request.caller }
}
