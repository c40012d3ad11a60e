import ByteEncodings
import Crypto
import NIOCore

/// A message as it was sent.
public struct Message: Sendable, Hashable {
    public var id: String
    public var body: String
    /// Sorted by name.
    public var attributes: [MessageAttribute]
    public var traceHeader: String?
    public var groupID: String?
    public var deduplicationID: String?
    /// Milliseconds since the epoch.
    public var sentAt: Int64
    /// The ARN of the queue that gave it up, in a dead-letter queue.
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

    /// Bytes that count against the queue's limit: the body, and names, types and values of attributes.
    public var size: Int { attributes.reduce(body.utf8.count) { $0 + $1.size } }

    public var bodyDigest: String { Digest.md5(of: body.utf8) }
    /// Nil without attributes.
    public var attributesDigest: String? { attributes.isEmpty ? nil : Digest.md5(of: attributes) }
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
    /// `String`, `Number`, `Binary`, each perhaps with a dot and a label of the sender's behind it.
    public var dataType: String
    public var value: Value

    public init(name: String, dataType: String, value: Value) {
        self.name = name
        self.dataType = dataType
        self.value = value
    }

    var size: Int {
        let length =
            switch value {
            case .text(let text): text.utf8.count
            case .binary(let bytes): bytes.count
            }
        return name.utf8.count + dataType.utf8.count + length
    }
}

/// The digests that SDKs compare with their own.
enum Digest {
    static func md5(of bytes: some Sequence<UInt8>) -> String {
        Hexadecimal.encode(Insecure.MD5.hash(data: Array(bytes)))
    }

    static func sha256(of bytes: some Sequence<UInt8>) -> String {
        Hexadecimal.encode(SHA256.hash(data: Array(bytes)))
    }

    /// Every name, type and value in order of names, each behind its length, and a byte that tells text from bytes.
    ///
    /// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation
    static func md5(of attributes: [MessageAttribute]) -> String {
        var buffer = ByteBuffer()
        for attribute in attributes.sorted(by: { $0.name < $1.name }) {
            buffer.writeCounted(attribute.name.utf8)
            buffer.writeCounted(attribute.dataType.utf8)
            switch attribute.value {
            case .text(let text):
                buffer.writeInteger(1 as UInt8)
                buffer.writeCounted(text.utf8)
            case .binary(let bytes):
                buffer.writeInteger(2 as UInt8)
                buffer.writeCounted(bytes)
            }
        }
        return md5(of: buffer.readableBytesView)
    }
}

extension ByteBuffer {
    /// Bytes behind their number, of four bytes.
    mutating func writeCounted(_ bytes: some Collection<UInt8>) {
        writeInteger(UInt32(bytes.count))
        writeBytes(bytes)
    }
}
