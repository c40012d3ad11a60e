// MARK: Buckets

/// `AWS::S3::Bucket`, with what SAM functions' `S3` events add to it.
public struct BucketResource: Sendable, Hashable {
    /// One rule of `CorsConfiguration`.
    public struct CORSRule: Sendable, Hashable {
        public var allowedOrigins: [String]
        /// Upper case: `GET`, `PUT`, `POST`, `HEAD`, `DELETE`.
        public var allowedMethods: [String]
        public var allowedHeaders: [String] = []
        public var exposedHeaders: [String] = []
        /// Seconds.
        public var maxAge: Int?

        public init(allowedOrigins: [String], allowedMethods: [String]) {
            self.allowedOrigins = allowedOrigins
            self.allowedMethods = allowedMethods
        }
    }

    /// Which events of the bucket go to whom.
    public struct NotificationRule: Sendable, Hashable {
        /// `configurationId` of the events; the same in every run.
        public var id: String
        /// `s3:ObjectCreated:*`, `s3:ObjectRemoved:Delete`.
        public var events: [String]
        public var prefix: String?
        public var suffix: String?
        /// The ARN of a queue or a function of the template.
        public var destination: String

        public init(id: String, events: [String], destination: String) {
            self.id = id
            self.events = events
            self.destination = destination
        }
    }

    public var logicalID: String
    /// `BucketName`, or the stack's name, a dash and the logical id in lower case.
    public var name: String
    public var arn: String
    public var cors: [CORSRule] = []
    public var notifications: [NotificationRule] = []

    public init(logicalID: String, name: String, arn: String) {
        self.logicalID = logicalID
        self.name = name
        self.arn = arn
    }
}

// MARK: Queues

/// `AWS::SQS::Queue`. Times are in seconds, with AWS's defaults.
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
    /// `QueueName`, or the logical id, with `.fifo` behind it where the queue is one.
    public var name: String
    public var arn: String
    public var isFIFO = false
    public var deduplicatesByContent = false
    /// Whether messages of different groups are never duplicates of each other.
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
