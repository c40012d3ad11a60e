/// A message as it was sent.
public struct QueueMessage: Sendable, Hashable {
    public var id: String
    public var body: String
    /// Sorted by name.
    public var attributes: [MessageAttribute]
    /// A value of `X-Amzn-Trace-Id`.
    public var traceHeader: String?
    public var groupID: String?
    public var deduplicationID: String?
    /// Milliseconds since the epoch.
    public var sentAt: Int64
    /// In a dead-letter queue: the ARN of the queue that the message came from.
    public var deadLetterSource: String?

    public init(
        id: String,
        body: String,
        attributes: [MessageAttribute] = [],
        traceHeader: String? = nil,
        groupID: String? = nil,
        deduplicationID: String? = nil,
        sentAt: Int64
    ) {
        self.id = id
        self.body = body
        self.attributes = attributes.sorted { $0.name < $1.name }
        self.traceHeader = traceHeader
        self.groupID = groupID
        self.deduplicationID = deduplicationID
        self.sentAt = sentAt
    }

    /// Bytes of the body and of the attributes' names, types and values.
    public var size: Int { attributes.reduce(body.utf8.count) { $0 + $1.size } }

    /// The MD5 of the body, in hexadecimal.
    public var bodyDigest: String { MessageDigest.md5(of: body.utf8) }
    /// The MD5 of the attributes, in hexadecimal; nil without attributes.
    public var attributesDigest: String? { attributes.isEmpty ? nil : MessageDigest.md5(of: attributes) }
}

/// A typed attribute that a sender gave a message.
///
/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
public struct MessageAttribute: Sendable, Hashable {
    public enum Value: Sendable, Hashable {
        case text(String)
        case binary([UInt8])
    }

    public var name: String
    /// `String`, `Number` or `Binary`; a dot and a label of the sender's choice may follow.
    public var dataType: String
    public var value: Value

    public init(name: String, dataType: String, value: Value) {
        self.name = name
        self.dataType = dataType
        self.value = value
    }

    /// Bytes that count against the limits of a message.
    var size: Int {
        let length =
            switch value {
            case .text(let text): text.utf8.count
            case .binary(let bytes): bytes.count
            }
        return name.utf8.count + dataType.utf8.count + length
    }
}
