/// `AWS::Lambda::EventSourceMapping` of a queue, or the `SQS` event of a SAM function.
///
/// docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
public struct EventSourceMapping: Sendable, Hashable {
    public var logicalID: String
    /// The queue's ARN.
    public var queue: String
    /// The function's logical id.
    public var function: String
    public var batchSize = 10
    /// Seconds, 0 to 300.
    public var maximumBatchingWindow = 0
    public var reportsBatchItemFailures = false
    /// 2 to 1,000; nil if only the function's concurrency limits it.
    public var maximumConcurrency: Int?
    public var isEnabled = true

    public init(logicalID: String, queue: String, function: String) {
        self.logicalID = logicalID
        self.queue = queue
        self.function = function
    }
}
