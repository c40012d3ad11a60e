public import Logging

/// The context of one invocation.
public struct LambdaContext: Sendable {
    /// `Lambda-Runtime-Aws-Request-Id`.
    public var requestID: String
    /// When the invocation times out, in milliseconds since the Unix epoch. Lambda then kills the process.
    public var deadline: Int64
    public var invokedFunctionARN: String
    /// `X-Amzn-Trace-Id`.
    public var traceID: String?
    /// Writes JSON lines that contain the request id.
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
