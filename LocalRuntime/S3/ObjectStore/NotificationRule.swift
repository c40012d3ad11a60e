/// Which events of a bucket are sent to a destination.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
public struct NotificationRule: Codable, Sendable, Hashable {
    public var id: String
    /// Each like `s3:ObjectCreated:Put`, or with an asterisk at the end.
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

/// The names of events, without the prefix `s3:` of rules.
public enum ObjectEventName: String, Codable, Sendable {
    case put = "ObjectCreated:Put"
    case post = "ObjectCreated:Post"
    case copy = "ObjectCreated:Copy"
    case completeMultipartUpload = "ObjectCreated:CompleteMultipartUpload"
    case delete = "ObjectRemoved:Delete"
}
