import EmulatorCore
public import HTTPListener
import NIOHTTP1

/// SQS's actions over HTTP, in the two protocols that SDKs use.
///
/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html
public struct SQSAPI: Sendable {
    let service: QueueService

    public init(service: QueueService) { self.service = service }

    /// Answers a request whose signature has been verified.
    public func respond(to request: IncomingRequest) async -> OutgoingResponse {
        let requestID = RequestID.make()
        let isQuery = request.headers.first(name: "X-Amz-Target") == nil
        let wire: any SQSProtocol.Type = isQuery ? QueryProtocol.self : JSONProtocol.self
        do throws(SQSError) {
            let call = try wire.call(in: request)
            return wire.response(try await perform(call.action, call.parameters), to: call, requestID: requestID)
        } catch {
            return wire.response(error, requestID: requestID)
        }
    }

    private func perform(_ action: String, _ parameters: SQSParameters) async throws(SQSError) -> any SQSOutput {
        switch action {
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
            throw .unsupported("\(action) is not emulated.")
        default: throw .unknownAction(action)
        }
    }

    /// The queue that `QueueUrl` names; the URL's host does not matter.
    func queue(_ parameters: SQSParameters) throws(SQSError) -> Queue {
        let url = try parameters.requiredString("QueueUrl")
        guard let name = url.split(separator: "/").last, let queue = service.queue(named: String(name)) else {
            throw .nonExistentQueue
        }
        return queue
    }

    /// Runs an operation on a queue; errors that are not ``SQSError`` become an internal failure.
    func attempt<Result: Sendable>(
        _ body: () async throws -> Result
    ) async throws(SQSError) -> Result {
        do {
            return try await body()
        } catch {
            throw error as? SQSError ?? .internalFailure
        }
    }
}
