public import NIOCore

/// One event for one function.
public struct InvocationRequest: Sendable {
    /// The function's name or its logical id.
    public var function: String
    public var payload: ByteBuffer
    /// What caused it, for people: `WebSocket send-message`, `POST /conversation`, `Invoke API`.
    public var trigger: String
    /// How long the caller waits, in milliseconds; the function may go on until its own timeout. Nil: as long as that.
    public var callerTimeout: Int?
    /// Base64 as the caller sent it in `X-Amz-Client-Context`.
    public var clientContext: String?
    /// `X-Amzn-Trace-Id`; made up if nil.
    public var traceID: String?
    /// The Lambda request id; made up if nil. A retry of an asynchronous invocation keeps the first one's.
    public var requestID: String?
    /// Whether the result is to carry the end of the log.
    public var wantsLogTail = false

    public init(function: String, payload: ByteBuffer, trigger: String, callerTimeout: Int? = nil) {
        self.function = function
        self.payload = payload
        self.trigger = trigger
        self.callerTimeout = callerTimeout
    }
}

/// How an invocation ended.
public struct InvocationResult: Sendable {
    public enum Outcome: Sendable {
        /// What the function posted to `…/response`.
        case response(ByteBuffer)
        /// The function failed; the buffer is Lambda's error document (`errorType`, `errorMessage`, perhaps `stackTrace`).
        case functionError(ByteBuffer)
        /// The caller's own limit passed first.
        case callerTimeout
        /// No process was free and none may be started: `ReservedFunctionConcurrentInvocationLimitExceeded` and the like.
        /// Reasons: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors
        case throttled(reason: String)
        case unknownFunction
    }

    /// The Lambda request id.
    public var requestID: String
    public var outcome: Outcome
    /// The last 4 KB of what the function logged during the invocation, where the request wanted it.
    public var logTail: [UInt8]

    public init(requestID: String, outcome: Outcome, logTail: [UInt8] = []) {
        self.requestID = requestID
        self.outcome = outcome
        self.logTail = logTail
    }
}

/// What gateways and event sources need of Lambda.
public protocol FunctionInvoker: Sendable {
    /// Runs the function and waits for its answer. Never throws: every failure is an outcome.
    func invoke(_ request: InvocationRequest) async -> InvocationResult
}
