/// `AWS::S3::Bucket`, including the notifications that the `S3` events of SAM functions add.
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

    /// Events of the bucket and their destination.
    public struct NotificationRule: Sendable, Hashable {
        /// `configurationId` of the events, which is stable across runs.
        public var id: String
        /// `s3:ObjectCreated:*`, `s3:ObjectRemoved:Delete`.
        public var events: [String]
        public var prefix: String?
        public var suffix: String?
        /// The ARN of a queue or a function of the application.
        public var destination: String

        public init(id: String, events: [String], destination: String) {
            self.id = id
            self.events = events
            self.destination = destination
        }
    }

    public var logicalID: String
    /// `BucketName`, or the stack's name, a dash and the logical id, in lower case.
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
