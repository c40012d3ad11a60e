/// What a bucket is configured to do.
public struct BucketSettings: Codable, Sendable, Hashable {
    public var crossOrigin: [CrossOriginRule]
    public var notifications: [NotificationRule]
    public var tags: [ObjectTag]
    /// The name of a canned access control list; nil: private.
    public var access: String?
    /// What objects are to be encrypted with that do not say; nil: what S3 does by itself.
    public var encryption: BucketEncryption?

    public init(
        crossOrigin: [CrossOriginRule] = [],
        notifications: [NotificationRule] = [],
        tags: [ObjectTag] = []
    ) {
        self.crossOrigin = crossOrigin
        self.notifications = notifications
        self.tags = tags
    }
}

/// A method by S3's name, and the key where the method takes one.
public struct BucketEncryption: Codable, Sendable, Hashable {
    public var method: String
    public var keyID: String?

    public init(method: String, keyID: String?) {
        self.method = method
        self.keyID = keyID
    }
}

/// Who may ask from a browser.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html
public struct CrossOriginRule: Codable, Sendable, Hashable {
    public var id: String?
    /// With at most one asterisk each.
    public var allowedOrigins: [String]
    public var allowedMethods: [String]
    /// With at most one asterisk each; compared without regard to case.
    public var allowedHeaders: [String]
    public var exposedHeaders: [String]
    /// Seconds a browser may remember the answer.
    public var maximumAge: Int?

    public init(
        id: String? = nil,
        allowedOrigins: [String],
        allowedMethods: [String],
        allowedHeaders: [String] = [],
        exposedHeaders: [String] = [],
        maximumAge: Int? = nil
    ) {
        self.id = id
        self.allowedOrigins = allowedOrigins
        self.allowedMethods = allowedMethods
        self.allowedHeaders = allowedHeaders
        self.exposedHeaders = exposedHeaders
        self.maximumAge = maximumAge
    }
}

/// Which events go where.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
public struct NotificationRule: Codable, Sendable, Hashable {
    public var id: String
    /// `s3:ObjectCreated:Put`, or with an asterisk at the end.
    public var events: [String]
    /// The ARN of a queue or a function.
    public var destination: String
    public var prefix: String
    public var suffix: String

    public init(id: String, events: [String], destination: String, prefix: String = "", suffix: String = "") {
        self.id = id
        self.events = events
        self.destination = destination
        self.prefix = prefix
        self.suffix = suffix
    }

    /// - Parameter event: Without `s3:` in front.
    func matches(event: ObjectEventName, key: ObjectKey) -> Bool {
        guard key.hasPrefix(ObjectKey(prefix)), key.bytes.reversed().starts(with: suffix.utf8.reversed()) else {
            return false
        }
        return events.contains { pattern in
            let pattern = pattern.hasPrefix("s3:") ? pattern.dropFirst(3) : pattern[...]
            return pattern.hasSuffix("*")
                ? event.rawValue.hasPrefix(pattern.dropLast()) : pattern == event.rawValue
        }
    }
}

/// What happens to objects, as events name it.
public enum ObjectEventName: String, Codable, Sendable {
    case put = "ObjectCreated:Put"
    case post = "ObjectCreated:Post"
    case copy = "ObjectCreated:Copy"
    case completeMultipartUpload = "ObjectCreated:CompleteMultipartUpload"
    case delete = "ObjectRemoved:Delete"
}
