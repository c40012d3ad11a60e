import ByteEncodings
import EmulatorCore
import NIOCore

/// The origin of the request for a change, for its events.
public struct RequestOrigin: Sendable, Hashable {
    public var requestID: String
    public var sourceIP: String
    /// `AWS:` and the access key id of the signature.
    public var principalID: String
    public var region: String

    public init(
        requestID: String = "0000000000000000",
        sourceIP: String = "127.0.0.1",
        principalID: String = "AWS:local",
        region: String = "us-east-1"
    ) {
        self.requestID = requestID
        self.sourceIP = sourceIP
        self.principalID = principalID
        self.region = region
    }
}

/// The creation or removal of an object, as notifications report it.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
struct ObjectEvent: Sendable {
    var name: ObjectEventName
    var bucket: String
    var key: ObjectKey
    var sequencer: UInt64
    /// Nil for a removal.
    var size: Int64?
    var etag: String?
    var origin: RequestOrigin
    /// The time, since the epoch.
    var milliseconds: Int64

    /// A notification for each rule that matches.
    func notifications(for rules: [NotificationRule]) -> [PendingEvent] {
        rules.filter { $0.matches(event: name, key: key) }.enumerated().map { index, rule in
            PendingEvent(
                id: sequencer + UInt64(index),
                destination: rule.destination,
                bucket: bucket,
                key: key,
                document: document(configurationID: rule.id)
            )
        }
    }

    /// The notification's JSON.
    func document(configurationID: String) -> String {
        var record = JSONWriter()
        record.object { record in
            record.field("eventVersion", "2.1")
            record.field("eventSource", "aws:s3")
            record.field("awsRegion", origin.region)
            record.field("eventTime", UnixTime(milliseconds: milliseconds).iso8601)
            record.field("eventName", name.rawValue)
            record.field("userIdentity") { $0.object { $0.field("principalId", origin.principalID) } }
            record.field("requestParameters") { $0.object { $0.field("sourceIPAddress", origin.sourceIP) } }
            record.field("responseElements") { json in
                json.object { json in
                    json.field("x-amz-request-id", origin.requestID)
                    json.field("x-amz-id-2", origin.requestID)
                }
            }
            record.field("s3") { json in
                json.object { json in
                    json.field("s3SchemaVersion", "1.0")
                    json.field("configurationId", configurationID)
                    json.field("bucket") { json in
                        json.object { json in
                            json.field("name", bucket)
                            json.field("ownerIdentity") { $0.object { $0.field("principalId", "local") } }
                            json.field("arn", "arn:aws:s3:::\(bucket)")
                        }
                    }
                    json.field("object") { writeObject(&$0) }
                }
            }
        }
        return #"{"Records":[\#(String(buffer: record.buffer))]}"#
    }

    private func writeObject(_ json: inout JSONWriter) {
        json.object { json in
            json.field("key", key.formEncoded)
            if let size { json.field("size", size) }
            json.field("eTag", ifPresent: etag)
            json.field("sequencer", Hexadecimal.encode(sequencer).uppercased())
        }
    }
}

extension ObjectKey {
    /// The key as in events: escaped as in a form, with `+` for a space, except that slashes are kept.
    var formEncoded: String {
        var text: [UInt8] = []
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: "*"), UInt8(ascii: "/"):
                text.append(byte)
            case UInt8(ascii: " "): text.append(UInt8(ascii: "+"))
            default: PercentEncoding.appendEscape(of: byte, to: &text)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
