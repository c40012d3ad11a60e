import EmulatorCore
import HTTPListener
import NIOCore
import NIOHTTP1

/// The protocol of current SDKs, AWS JSON 1.0: the action is in a header, input and output are JSON objects.
///
/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-json.html
enum JSONProtocol: SQSProtocol {
    private static let targetPrefix = "AmazonSQS."
    private static let contentType = "application/x-amz-json-1.0"

    static func call(in request: IncomingRequest) throws(SQSError) -> SQSCall {
        let target = request.headers.first(name: "X-Amz-Target") ?? ""
        guard target.hasPrefix(targetPrefix) else { throw .unknownAction(target) }
        let body = request.body.readableBytes == 0 ? ByteBuffer(string: "{}") : request.body
        guard case .object(let fields)? = try? JSONValue(parsing: body) else { throw .malformed }
        return SQSCall(
            action: String(target.dropFirst(targetPrefix.count)),
            parameters: SQSParameters(fields: fields)
        )
    }

    static func response(_ output: any SQSOutput, to call: SQSCall, requestID: String) -> OutgoingResponse {
        var json = JSONWriter()
        json.object { output.write(to: &$0) }
        return OutgoingResponse(
            status: .ok,
            headers: ["Content-Type": contentType, "x-amzn-RequestId": requestID],
            body: .bytes(json.buffer)
        )
    }

    static func response(_ error: SQSError, requestID: String) -> OutgoingResponse {
        var json = JSONWriter()
        json.object { json in
            json.field("__type", "com.amazonaws.sqs#\(error.name)")
            json.field("message", error.message)
        }
        return OutgoingResponse(
            status: error.status,
            headers: [
                "Content-Type": contentType,
                "x-amzn-RequestId": requestID,
                "x-amzn-query-error": "\(error.queryCode);\(error.isSenderFault ? "Sender" : "Receiver")",
            ],
            body: .bytes(json.buffer)
        )
    }
}

extension JSONWriter: SQSOutputWriter {
    mutating func list(_ name: String, element: String, _ texts: [String]) { field(name, texts) }

    mutating func list(_ name: String, element: String, _ items: [some SQSOutput]) {
        field(name, objects: items) { json, item in item.write(to: &json) }
    }

    mutating func map(_ name: String, entry: String, key: String, _ texts: [(key: String, value: String)]) {
        field(name, texts)
    }

    mutating func map(
        _ name: String,
        entry: String,
        key: String,
        _ values: [(key: String, value: some SQSOutput)]
    ) {
        field(name) { json in
            json.object { json in
                for (name, value) in values {
                    json.field(name) { json in json.object { value.write(to: &$0) } }
                }
            }
        }
    }
}
