/// Retries and destinations of a function's asynchronous invocations: `EventInvokeConfig` and the dead-letter queue.
///
/// docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html
public struct AsynchronousSettings: Sendable, Hashable {
    /// 0 to 2, in addition to the first attempt.
    public var maximumRetryAttempts = 2
    /// Seconds, 60 to 21,600.
    public var maximumEventAge = 21_600
    /// ARNs of queues or functions of the application.
    public var onSuccess: String?
    public var onFailure: String?
    /// The ARN of a queue of the application.
    public var deadLetterTarget: String?

    public init() {}
}
