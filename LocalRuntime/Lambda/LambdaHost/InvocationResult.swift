public import NIOCore

/// How an invocation ended.
public struct InvocationResult: Sendable {
    public enum Outcome: Sendable {
        /// The function's answer.
        case response(ByteBuffer)
        /// The function failed. The buffer is Lambda's error document: `errorType`, `errorMessage` and possibly
        /// `stackTrace`.
        case functionError(ByteBuffer)
        /// The caller's own limit passed first; see ``InvocationRequest/callerTimeout``.
        case callerTimeout
        /// The function's concurrency limit is reached. The reasons are those of
        /// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors
        case throttled(reason: String)
        case unknownFunction
    }

    /// The Lambda request id.
    public var requestID: String
    public var outcome: Outcome
    /// The last 4 KB of the invocation's log; empty unless ``InvocationRequest/wantsLogTail`` is set.
    public var logTail: [UInt8]

    public init(requestID: String, outcome: Outcome, logTail: [UInt8] = []) {
        self.requestID = requestID
        self.outcome = outcome
        self.logTail = logTail
    }
}
