import EmulatorCore
import FoundationEssentials
import NIOCore
import SQS

/// The event for a function that is invoked with a batch of messages.
///
/// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event
enum QueueEvent {
    /// Lambda's limit for synchronous invocations in bytes, less the JSON around the records.
    private static let limit = 6_291_456 - 64

    /// One event, or several if the messages do not fit into one.
    static func events(
        of messages: [Queue.Received],
        queueARN: String,
        region: String
    ) -> [(payload: ByteBuffer, messages: [Queue.Received])] {
        var events: [(payload: ByteBuffer, messages: [Queue.Received])] = []
        var records = ByteBuffer()
        var batch: [Queue.Received] = []
        func close() {
            var payload = ByteBuffer(string: #"{"Records":["#)
            payload.writeImmutableBuffer(records)
            payload.writeString("]}")
            events.append((payload, batch))
            records.clear()
            batch = []
        }
        for message in messages {
            let record = record(of: message, queueARN: queueARN, region: region)
            if !batch.isEmpty, records.readableBytes + record.readableBytes > limit { close() }
            if !batch.isEmpty { records.writeString(",") }
            records.writeImmutableBuffer(record)
            batch.append(message)
        }
        if !batch.isEmpty { close() }
        return events
    }

    private static func record(of received: Queue.Received, queueARN: String, region: String) -> ByteBuffer {
        let message = received.message
        var json = JSONWriter()
        json.object { json in
            json.field("messageId", message.id)
            json.field("receiptHandle", received.receiptHandle)
            json.field("body", message.body)
            json.field("attributes", received.systemAttributes)
            json.field("messageAttributes") { json in
                json.object { json in
                    for attribute in message.attributes { write(attribute, to: &json) }
                }
            }
            json.field("md5OfMessageAttributes", ifPresent: message.attributesDigest)
            json.field("md5OfBody", message.bodyDigest)
            json.field("eventSource", "aws:sqs")
            json.field("eventSourceARN", queueARN)
            json.field("awsRegion", region)
        }
        return json.buffer
    }

    private static func write(_ attribute: MessageAttribute, to json: inout JSONWriter) {
        json.field(attribute.name) { json in
            json.object { json in
                switch attribute.value {
                case .text(let text): json.field("stringValue", text)
                case .binary(let bytes): json.field("binaryValue", Data(bytes).base64EncodedString())
                }
                json.field("stringListValues", [])
                json.field("binaryListValues", [])
                json.field("dataType", attribute.dataType)
            }
        }
    }
}
