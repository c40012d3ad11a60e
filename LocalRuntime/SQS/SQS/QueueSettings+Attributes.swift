import EmulatorCore
import FoundationEssentials
import NIOCore

/// A queue's attributes, as clients read and set them.
extension QueueSettings {
    private static let inertNames: Set<String> = [
        "Policy", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds", "SqsManagedSseEnabled", "RedriveAllowPolicy",
        "FifoThroughputLimit",
    ]

    /// Sets the attributes that a client names, and leaves the others.
    ///
    /// - Parameter isNew: Whether the queue is being created; `FifoQueue` cannot be set later.
    mutating func set(_ attributes: [String: String], isNew: Bool) throws(SQSError) {
        for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
            switch name {
            case "VisibilityTimeout": visibilityTimeout = try Self.integer(value, name, 0...43_200)
            case "MessageRetentionPeriod": retentionPeriod = try Self.integer(value, name, 60...1_209_600)
            case "DelaySeconds": delay = try Self.integer(value, name, 0...900)
            case "ReceiveMessageWaitTimeSeconds": receiveWaitTime = try Self.integer(value, name, 0...20)
            case "MaximumMessageSize": maximumMessageSize = try Self.integer(value, name, 1_024...1_048_576)
            case "RedrivePolicy": redrivePolicy = try Self.redrivePolicy(value)
            case "FifoQueue":
                let flag = try Self.boolean(value, name)
                guard isNew || flag == isFIFO else { throw .invalidAttributeName(name) }
                guard flag == isFIFO else { throw .invalidAttributeValue(name) }
            case "ContentBasedDeduplication" where isFIFO:
                deduplicatesByContent = try Self.boolean(value, name)
            case "DeduplicationScope" where isFIFO:
                guard ["messageGroup", "queue"].contains(value) else { throw .invalidAttributeValue(name) }
                deduplicatesByGroup = value == "messageGroup"
            case _ where Self.inertNames.contains(name):
                inert[name] = value.isEmpty ? nil : value
            default:
                throw .invalidAttributeName(name)
            }
        }
    }

    /// The attributes that clients can both set and read.
    var attributes: [String: String] {
        var attributes = inert
        attributes["VisibilityTimeout"] = "\(visibilityTimeout)"
        attributes["MessageRetentionPeriod"] = "\(retentionPeriod)"
        attributes["DelaySeconds"] = "\(delay)"
        attributes["ReceiveMessageWaitTimeSeconds"] = "\(receiveWaitTime)"
        attributes["MaximumMessageSize"] = "\(maximumMessageSize)"
        if inert["KmsMasterKeyId"] == nil, inert["SqsManagedSseEnabled"] == nil {
            attributes["SqsManagedSseEnabled"] = "true"
        }
        if let redrivePolicy {
            var json = JSONWriter()
            json.object { json in
                json.field("deadLetterTargetArn", redrivePolicy.deadLetterTarget)
                json.field("maxReceiveCount", Int64(redrivePolicy.maximumReceiveCount))
            }
            attributes["RedrivePolicy"] = String(buffer: json.buffer)
        }
        if isFIFO {
            attributes["FifoQueue"] = "true"
            attributes["ContentBasedDeduplication"] = "\(deduplicatesByContent)"
            attributes["DeduplicationScope"] = deduplicatesByGroup ? "messageGroup" : "queue"
            attributes["FifoThroughputLimit"] = inert["FifoThroughputLimit"] ?? "perQueue"
        }
        return attributes
    }

    /// The names that a client can request.
    static let attributeNames: Set<String> = inertNames.union([
        "VisibilityTimeout", "MessageRetentionPeriod", "DelaySeconds", "ReceiveMessageWaitTimeSeconds",
        "MaximumMessageSize", "RedrivePolicy", "FifoQueue", "ContentBasedDeduplication", "DeduplicationScope",
        "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed",
        "CreatedTimestamp", "LastModifiedTimestamp", "QueueArn", "All",
    ])

    private static func integer(
        _ value: String,
        _ name: String,
        _ range: ClosedRange<Int>
    ) throws(SQSError) -> Int {
        guard let integer = Int(value), range.contains(integer) else { throw .invalidAttributeValue(name) }
        return integer
    }

    private static func boolean(_ value: String, _ name: String) throws(SQSError) -> Bool {
        switch value.lowercased() {
        case "true": return true
        case "false": return false
        default: throw .invalidAttributeValue(name)
        }
    }

    /// Reads the JSON form; nil for an empty text, which removes the policy.
    private static func redrivePolicy(_ value: String) throws(SQSError) -> RedrivePolicy? {
        guard !value.isEmpty else { return nil }
        let json = try? JSONValue(parsing: ByteBuffer(string: value))
        guard let target = json?["deadLetterTargetArn"]?.string,
            let maximum = json?["maxReceiveCount"]?.scalarText.flatMap({ Int($0) }), (1...1_000).contains(maximum)
        else {
            throw .invalidParameter(
                value,
                of: "RedrivePolicy",
                reason: "Redrive policy does not contain mandatory attribute: maxReceiveCount from 1 to 1000, or "
                    + "deadLetterTargetArn."
            )
        }
        return RedrivePolicy(deadLetterTarget: target, maximumReceiveCount: maximum)
    }
}
