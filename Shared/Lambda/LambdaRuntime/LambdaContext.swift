public import Logging

/// What Lambda says about an invocation.
public struct LambdaContext: Sendable {
    /// `Lambda-Runtime-Aws-Request-Id`.
    public var requestID: String
    /// When Lambda kills the process, in milliseconds since the epoch.
    public var deadline: Int64
    public var invokedFunctionARN: String
    /// `X-Amzn-Trace-Id`.
    public var traceID: String?
    /// Writes JSON lines that carry the request id.
    public var logger: Logger

    public init(
        requestID: String,
        deadline: Int64,
        invokedFunctionARN: String,
        traceID: String? = nil,
        logger: Logger
    ) {
        self.requestID = requestID
        self.deadline = deadline
        self.invokedFunctionARN = invokedFunctionARN
        self.traceID = traceID
        self.logger = logger
    }
}
