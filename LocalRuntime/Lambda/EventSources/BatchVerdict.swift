import EmulatorCore
import NIOCore

/// What a function that reports failures of single messages says of a batch.
///
/// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
enum BatchVerdict: Sendable, Hashable {
    /// All but these are done.
    case failed(Set<String>)
    /// The answer is not what Lambda understands, so that all messages come again; the text says why.
    case unreadable(String)

    /// - Parameters:
    ///   - answer: What the function returned.
    ///   - messageIDs: Those of the batch.
    init(of answer: ByteBuffer, messageIDs: Set<String>) {
        if answer.readableBytes == 0 {
            self = .failed([])
            return
        }
        switch try? JSONValue(parsing: answer) {
        case .null:
            self = .failed([])
        case .object(let fields):
            self = Self.verdict(of: fields, messageIDs)
        case nil:
            self = .unreadable("the answer is no JSON")
        default:
            self = .unreadable("the answer is no object with batchItemFailures")
        }
    }

    private static func verdict(of fields: [String: JSONValue], _ messageIDs: Set<String>) -> Self {
        guard !fields.isEmpty else { return .failed([]) }
        switch fields["batchItemFailures"] {
        case nil:
            return .unreadable("the answer has no batchItemFailures")
        case .null:
            return .failed([])
        case .array(let items):
            var failed: Set<String> = []
            for item in items {
                guard let id = item["itemIdentifier"]?.string, !id.isEmpty else {
                    return .unreadable("an item of batchItemFailures has no itemIdentifier")
                }
                guard messageIDs.contains(id) else {
                    return .unreadable("\(id) is no message of the batch")
                }
                failed.insert(id)
            }
            return .failed(failed)
        default:
            return .unreadable("batchItemFailures is no list")
        }
    }
}
