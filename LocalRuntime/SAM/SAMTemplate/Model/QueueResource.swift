/// `AWS::SQS::Queue`. Times are in seconds; defaults are AWS's.
public struct QueueResource: Sendable, Hashable {
    public struct RedrivePolicy: Sendable, Hashable {
        /// The dead-letter queue's ARN.
        public var deadLetterTarget: String
        /// 1 to 1,000.
        public var maximumReceiveCount: Int

        public init(deadLetterTarget: String, maximumReceiveCount: Int) {
            self.deadLetterTarget = deadLetterTarget
            self.maximumReceiveCount = maximumReceiveCount
        }
    }

    public var logicalID: String
    /// `QueueName`, or the logical id with dashes for dots, and `.fifo` for a FIFO queue.
    public var name: String
    public var arn: String
    public var isFIFO = false
    public var deduplicatesByContent = false
    /// Whether deduplication considers only messages of the same group.
    public var deduplicatesByGroup = false
    public var visibilityTimeout = 30
    public var retentionPeriod = 345_600
    public var delay = 0
    public var receiveWaitTime = 0
    /// Bytes, 1,024 to 1,048,576.
    public var maximumMessageSize = 1_048_576
    public var redrivePolicy: RedrivePolicy?

    public init(logicalID: String, name: String, arn: String) {
        self.logicalID = logicalID
        self.name = name
        self.arn = arn
    }
}
