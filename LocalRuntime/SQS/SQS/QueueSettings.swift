/// What a queue is and how it behaves. Times are in seconds, as SQS's attributes are.
///
/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
public struct QueueSettings: Sendable, Hashable {
    public struct RedrivePolicy: Sendable, Hashable {
        /// The dead-letter queue's ARN.
        public var deadLetterTarget: String
        public var maximumReceiveCount: Int

        public init(deadLetterTarget: String, maximumReceiveCount: Int) {
            self.deadLetterTarget = deadLetterTarget
            self.maximumReceiveCount = maximumReceiveCount
        }
    }

    public var isFIFO: Bool
    public var deduplicatesByContent = false
    /// Whether a deduplication id counts for its message group alone: `DeduplicationScope` `messageGroup`.
    public var deduplicatesByGroup = false
    public var visibilityTimeout = 30
    public var retentionPeriod = 345_600
    public var delay = 0
    public var receiveWaitTime = 0
    /// Bytes.
    public var maximumMessageSize = 1_048_576
    public var redrivePolicy: RedrivePolicy?
    /// Attributes that are kept and given back and have no effect here, such as `Policy`.
    public var passive: [String: String] = [:]
    public var tags: [String: String] = [:]
    /// Milliseconds since the epoch.
    public var createdAt: Int64 = 0
    public var modifiedAt: Int64 = 0
    /// Whether a template made the queue; without the template it is gone, and its messages wait for it.
    public var isTemplates = false

    public init(isFIFO: Bool) { self.isFIFO = isFIFO }
}
