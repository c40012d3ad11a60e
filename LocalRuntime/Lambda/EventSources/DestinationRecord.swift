import EmulatorCore
import LambdaHost
import NIOCore

/// The invocation record that a destination receives when an asynchronous invocation has ended.
///
/// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
struct DestinationRecord {
    enum Condition: String {
        case success = "Success"
        case retriesExhausted = "RetriesExhausted"
        case eventAgeExceeded = "EventAgeExceeded"
    }

    var condition: Condition
    var requestID: String
    var functionARN: String
    /// How often the function was invoked; throttled attempts do not count.
    var attempts: Int
    var event: ByteBuffer
    /// What the function returned, or its error document; nil if it was not invoked.
    var answer: ByteBuffer?

    /// - Parameter time: Milliseconds since the epoch.
    func json(at time: Int64) -> ByteBuffer {
        var json = JSONWriter()
        json.object { json in
            json.field("version", "1.0")
            json.field("timestamp", UnixTime(milliseconds: time).iso8601)
            json.field("requestContext") { json in
                json.object { json in
                    json.field("requestId", requestID)
                    json.field("functionArn", functionARN + ":$LATEST")
                    json.field("condition", condition.rawValue)
                    json.field("approximateInvokeCount", Int64(attempts))
                }
            }
            json.field("requestPayload", json: Self.text(event))
            guard let answer else { return }
            json.field("responseContext") { json in
                json.object { json in
                    json.field("statusCode", 200 as Int64)
                    json.field("executedVersion", "$LATEST")
                    if condition != .success { json.field("functionError", "Unhandled") }
                }
            }
            json.field("responsePayload", json: Self.text(answer))
        }
        return json.buffer
    }

    /// The first 1,024 characters of the error document's message, for a message attribute.
    var errorMessage: String {
        let message = answer.flatMap { try? JSONValue(parsing: $0) }?["errorMessage"]?.string
        return String((message ?? condition.rawValue).prefix(1_024))
    }

    /// The payload if it is JSON, otherwise a JSON string with its text.
    private static func text(_ payload: ByteBuffer) -> String {
        guard (try? JSONValue(parsing: payload)) == nil else { return String(buffer: payload) }
        var json = JSONWriter()
        json.object { $0.field("text", text: payload) }
        return String(String(buffer: json.buffer).dropFirst(#"{"text":"#.count).dropLast())
    }
}
