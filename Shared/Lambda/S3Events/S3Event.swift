/// An S3 event notification, as the body of an SQS message or the event of a function.
///
/// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html>.
public struct S3Event: Codable, Sendable {
    public struct Identity: Codable, Sendable {
        public var principalId: String

        public init(principalId: String) { self.principalId = principalId }
    }

    public struct Bucket: Codable, Sendable {
        public var name: String
        public var ownerIdentity: Identity?
        public var arn: String?

        public init(name: String, ownerIdentity: Identity? = nil, arn: String? = nil) {
            self.name = name
            self.ownerIdentity = ownerIdentity
            self.arn = arn
        }
    }

    public struct Object: Codable, Sendable {
        /// Encoded as in the query of a URL: percent-encoded, with a plus sign for each space.
        public var key: String
        /// In bytes; absent in deletion events.
        public var size: Int64?
        /// Without quotation marks; absent in deletion events.
        public var eTag: String?
        public var versionId: String?
        /// Orders the events of one key: the later event has the greater value, compared as text after padding both to
        /// the same length.
        public var sequencer: String?

        public init(
            key: String,
            size: Int64? = nil,
            eTag: String? = nil,
            versionId: String? = nil,
            sequencer: String? = nil
        ) {
            self.key = key
            self.size = size
            self.eTag = eTag
            self.versionId = versionId
            self.sequencer = sequencer
        }
    }

    public struct Entity: Codable, Sendable {
        public var s3SchemaVersion: String?
        /// The id of the notification's configuration.
        public var configurationId: String?
        public var bucket: Bucket
        public var object: Object

        public init(
            s3SchemaVersion: String? = nil,
            configurationId: String? = nil,
            bucket: Bucket,
            object: Object
        ) {
            self.s3SchemaVersion = s3SchemaVersion
            self.configurationId = configurationId
            self.bucket = bucket
            self.object = object
        }
    }

    public struct Record: Codable, Sendable {
        public var eventVersion: String?
        public var eventSource: String?
        public var awsRegion: String?
        public var eventTime: String?
        /// For example `ObjectCreated:Post`, without the prefix `s3:` that notification configurations use.
        public var eventName: String
        public var userIdentity: Identity?
        public var requestParameters: [String: String]?
        public var responseElements: [String: String]?
        public var s3: Entity

        public init(
            eventVersion: String? = nil,
            eventSource: String? = nil,
            awsRegion: String? = nil,
            eventTime: String? = nil,
            eventName: String,
            userIdentity: Identity? = nil,
            requestParameters: [String: String]? = nil,
            responseElements: [String: String]? = nil,
            s3: Entity
        ) {
            self.eventVersion = eventVersion
            self.eventSource = eventSource
            self.awsRegion = awsRegion
            self.eventTime = eventTime
            self.eventName = eventName
            self.userIdentity = userIdentity
            self.requestParameters = requestParameters
            self.responseElements = responseElements
            self.s3 = s3
        }
    }

    /// Nil in the event that S3 sends when a notification is configured (`s3:TestEvent`).
    public var records: [Record]?

    public init(records: [Record]?) { self.records = records }

    private enum CodingKeys: String, CodingKey {
        case records = "Records"
    }
}
