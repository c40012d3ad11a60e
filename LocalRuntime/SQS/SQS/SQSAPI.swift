import EmulatorCore
import FoundationEssentials
public import HTTPListener
import NIOCore
import NIOHTTP1

/// SQS's operations as AWS SDKs call them: JSON, with the operation's name in a header.
///
/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-json.html
public struct SQSAPI: Sendable {
    let service: QueueService

    public init(service: QueueService) { self.service = service }

    private static let targetPrefix = "AmazonSQS."
    private static let contentType = "application/x-amz-json-1.0"

    /// Answers a request whose signature has been checked.
    public func respond(to request: IncomingRequest) async -> OutgoingResponse {
        let requestID = RequestID.make()
        let isQuery = request.headers.first(name: "X-Amz-Target") == nil
        do throws(SQSError) {
            if isQuery {
                let call = try QueryCall(request)
                return try await call.response(perform(call.operation, call.parameters), requestID: requestID)
            }
            let target = request.headers.first(name: "X-Amz-Target") ?? ""
            guard target.hasPrefix(Self.targetPrefix) else { throw .unknownOperation(target) }
            let body = request.body.readableBytes == 0 ? ByteBuffer(string: "{}") : request.body
            guard case .object(let fields)? = try? JSONValue(parsing: body) else { throw .malformed }
            let operation = String(target.dropFirst(Self.targetPrefix.count))
            let result = try await perform(operation, SQSParameters(fields: fields))
            return OutgoingResponse(
                status: .ok,
                headers: ["Content-Type": Self.contentType, "x-amzn-RequestId": requestID],
                body: .bytes(result.buffer)
            )
        } catch {
            return isQuery ? QueryCall.response(error, requestID: requestID) : Self.response(error, requestID)
        }
    }

    private static func response(_ error: SQSError, _ requestID: String) -> OutgoingResponse {
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
                "x-amzn-query-error": "\(error.queryCode);\(error.isSenders ? "Sender" : "Receiver")",
            ],
            body: .bytes(json.buffer)
        )
    }

    private func perform(_ operation: String, _ parameters: SQSParameters) async throws(SQSError) -> JSONWriter {
        switch operation {
        case "CreateQueue": return try await createQueue(parameters)
        case "DeleteQueue": return try await deleteQueue(parameters)
        case "ListQueues": return try listQueues(parameters)
        case "GetQueueUrl": return try queueURL(parameters)
        case "GetQueueAttributes": return try await attributes(parameters)
        case "SetQueueAttributes": return try await setAttributes(parameters)
        case "PurgeQueue": return try await purge(parameters)
        case "ListDeadLetterSourceQueues": return try await deadLetterSources(parameters)
        case "TagQueue", "UntagQueue": return try await tag(parameters)
        case "ListQueueTags": return try await tags(parameters)
        case "SendMessage": return try await send(parameters)
        case "SendMessageBatch": return try await sendBatch(parameters)
        case "ReceiveMessage": return try await receive(parameters)
        case "DeleteMessage": return try await delete(parameters)
        case "DeleteMessageBatch": return try await deleteBatch(parameters)
        case "ChangeMessageVisibility": return try await changeVisibility(parameters)
        case "ChangeMessageVisibilityBatch": return try await changeVisibilityBatch(parameters)
        case "AddPermission", "RemovePermission", "StartMessageMoveTask", "CancelMessageMoveTask",
            "ListMessageMoveTasks":
            throw .unsupported("\(operation) is not emulated.")
        default: throw .unknownOperation(operation)
        }
    }

    // MARK: Steps

    /// The queue that `QueueUrl` names, whatever the host in it.
    func queue(_ parameters: SQSParameters) throws(SQSError) -> Queue {
        let url = try parameters.requiredString("QueueUrl")
        guard let name = url.split(separator: "/").last, let queue = service.queue(named: String(name)) else {
            throw .nonExistentQueue
        }
        return queue
    }

    /// Runs what may fail because of a queue or its file.
    func attempt<Result: Sendable>(
        _ body: () async throws -> Result
    ) async throws(SQSError) -> Result {
        do {
            return try await body()
        } catch {
            throw error as? SQSError ?? .internalFailure
        }
    }

    static func object(_ fields: (inout JSONWriter) -> Void = { _ in }) -> JSONWriter {
        var json = JSONWriter()
        json.object(fields)
        return json
    }
}
