public import NIOCore

/// One event for one function.
public struct InvocationRequest: Sendable {
    /// The largest event of a synchronous invocation in bytes.
    ///
    /// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    public static let synchronousLimit = 6_291_456

    /// The function's name or its logical id.
    public var function: String
    public var payload: ByteBuffer
    /// What caused it, as the console shows it: `WebSocket send-message`, `POST /conversation`, `Invoke API`.
    public var trigger: String
    /// Who caused it: a user, a connection or an address; nil if that is not known. When invocations of a function have to
    /// wait, callers take turns.
    public var caller: String?
    /// Milliseconds that the caller waits; nil for as long as the function may run. When they are over, the function
    /// continues until its own timeout.
    public var callerTimeout: Int?
    /// Base64 as the caller sent it in `X-Amz-Client-Context`.
    public var clientContext: String?
    /// `X-Amzn-Trace-Id`; generated if nil.
    public var traceID: String?
    /// The Lambda request id; generated if nil. A retry of an asynchronous invocation has the id of the first attempt.
    public var requestID: String?
    /// Whether the result contains the last 4 KB of the log.
    public var wantsLogTail = false

    public init(
        function: String,
        payload: ByteBuffer,
        trigger: String,
        caller: String? = nil,
        callerTimeout: Int? = nil
    ) {
        self.function = function
        self.payload = payload
        self.trigger = trigger
        self.caller = caller
        self.callerTimeout = callerTimeout
    }
}
