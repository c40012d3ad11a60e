import FoundationEssentials

struct SendMessageOutput: SQSOutput {
    var messageID: String
    var bodyDigest: String
    var attributesDigest: String?
    var systemAttributesDigest: String?
    var sequenceNumber: String?

    init(_ sent: Queue.Sent, _ draft: Queue.Draft) {
        messageID = sent.messageID
        bodyDigest = MessageDigest.md5(of: draft.body.utf8)
        attributesDigest = draft.attributes.isEmpty ? nil : MessageDigest.md5(of: draft.attributes)
        systemAttributesDigest = draft.traceHeader.map { header in
            MessageDigest.md5(of: [
                MessageAttribute(name: "AWSTraceHeader", dataType: "String", value: .text(header))
            ])
        }
        sequenceNumber = sent.sequenceNumber
    }

    func write(to writer: inout some SQSOutputWriter) {
        writer.field("MessageId", messageID)
        writer.field("MD5OfMessageBody", bodyDigest)
        writer.field("MD5OfMessageAttributes", ifPresent: attributesDigest)
        writer.field("MD5OfMessageSystemAttributes", ifPresent: systemAttributesDigest)
        writer.field("SequenceNumber", ifPresent: sequenceNumber)
    }
}

struct ReceiveMessageOutput: SQSOutput {
    struct Message: SQSOutput {
        var id: String
        var receiptHandle: String
        var body: String
        var bodyDigest: String
        var systemAttributes: [(key: String, value: String)]
        var attributes: [(key: String, value: AttributeValue)]
        var attributesDigest: String?

        func write(to writer: inout some SQSOutputWriter) {
            writer.field("MessageId", id)
            writer.field("ReceiptHandle", receiptHandle)
            writer.field("MD5OfBody", bodyDigest)
            writer.field("Body", body)
            if !systemAttributes.isEmpty {
                writer.map("Attributes", entry: "Attribute", key: "Name", systemAttributes)
            }
            writer.field("MD5OfMessageAttributes", ifPresent: attributesDigest)
            if !attributes.isEmpty {
                writer.map("MessageAttributes", entry: "MessageAttribute", key: "Name", attributes)
            }
        }
    }

    struct AttributeValue: SQSOutput {
        var attribute: MessageAttribute

        func write(to writer: inout some SQSOutputWriter) {
            switch attribute.value {
            case .text(let text): writer.field("StringValue", text)
            case .binary(let bytes): writer.field("BinaryValue", Data(bytes).base64EncodedString())
            }
            writer.field("DataType", attribute.dataType)
        }
    }

    var messages: [Message]

    func write(to writer: inout some SQSOutputWriter) {
        if !messages.isEmpty { writer.list("Messages", element: "Message", messages) }
    }
}

/// The output of an action on a batch.
struct BatchOutput<Entry: SQSOutput>: SQSOutput {
    /// The XML element of a successful entry.
    var element: String
    var successful: [Entry] = []
    var failed: [BatchFailure] = []

    func write(to writer: inout some SQSOutputWriter) {
        writer.list("Successful", element: element, successful)
        if !failed.isEmpty { writer.list("Failed", element: "BatchResultErrorEntry", failed) }
    }
}

/// A successful entry of `SendMessageBatch`.
struct SentEntry: SQSOutput {
    var id: String
    var output: SendMessageOutput

    func write(to writer: inout some SQSOutputWriter) {
        writer.field("Id", id)
        output.write(to: &writer)
    }
}

/// A successful entry of an action that returns nothing about it.
struct CompletedEntry: SQSOutput {
    var id: String

    func write(to writer: inout some SQSOutputWriter) { writer.field("Id", id) }
}

/// An entry of a batch that failed: `BatchResultErrorEntry`.
struct BatchFailure: SQSOutput {
    var id: String
    var error: SQSError

    func write(to writer: inout some SQSOutputWriter) {
        writer.field("Id", id)
        writer.field("SenderFault", error.isSenderFault)
        writer.field("Code", error.queryCode)
        writer.field("Message", error.message)
    }
}
