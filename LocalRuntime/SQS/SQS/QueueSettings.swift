/// The settings of a queue. Durations are in seconds, as in SQS's attributes.
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
    /// Whether a deduplication id counts within its message group only: `DeduplicationScope` `messageGroup`.
    public var deduplicatesByGroup = false
    public var visibilityTimeout = 30
    public var retentionPeriod = 345_600
    public var delay = 0
    public var receiveWaitTime = 0
    /// Bytes.
    public var maximumMessageSize = 1_048_576
    public var redrivePolicy: RedrivePolicy?
    /// Attributes that are stored and returned but have no effect here, such as `Policy`.
    public var inert: [String: String] = [:]
    public var tags: [String: String] = [:]
    /// Milliseconds since the epoch.
    public var createdAt: Int64 = 0
    /// Milliseconds since the epoch.
    public var modifiedAt: Int64 = 0
    /// Whether a template declares the queue. While the template does not, the queue is not visible, but its messages
    /// are kept.
    public var isDeclared = false

    public init(isFIFO: Bool) { self.isFIFO = isFIFO }
}
