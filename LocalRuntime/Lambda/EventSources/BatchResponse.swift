import EmulatorCore
import NIOCore

/// The response of a function that reports which messages of a batch have failed.
///
/// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
enum BatchResponse: Sendable, Hashable {
    /// The ids of the failed messages. All others have succeeded.
    case failed(Set<String>)
    /// Lambda would not accept the response, so the whole batch is redelivered. The text is the reason.
    case invalid(String)

    /// - Parameters:
    ///   - response: What the function returned.
    ///   - messageIDs: All messages of the batch.
    init(of response: ByteBuffer, messageIDs: Set<String>) {
        if response.readableBytes == 0 {
            self = .failed([])
            return
        }
        switch try? JSONValue(parsing: response) {
        case .null:
            self = .failed([])
        case .object(let fields):
            self = Self.response(from: fields, messageIDs)
        case nil:
            self = .invalid("the response is not JSON")
        default:
            self = .invalid("the response is not an object with batchItemFailures")
        }
    }

    private static func response(from fields: [String: JSONValue], _ messageIDs: Set<String>) -> Self {
        guard !fields.isEmpty else { return .failed([]) }
        switch fields["batchItemFailures"] {
        case nil:
            return .invalid("the response has no batchItemFailures")
        case .null:
            return .failed([])
        case .array(let items):
            var failed: Set<String> = []
            for item in items {
                guard let id = item["itemIdentifier"]?.string, !id.isEmpty else {
                    return .invalid("an item of batchItemFailures has no itemIdentifier")
                }
                guard messageIDs.contains(id) else {
                    return .invalid("\(id) is not a message of the batch")
                }
                failed.insert(id)
            }
            return .failed(failed)
        default:
            return .invalid("batchItemFailures is not a list")
        }
    }
}
