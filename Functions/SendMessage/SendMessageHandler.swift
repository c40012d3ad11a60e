import ChatStore
import Connections
import ManagementAPI

/// Stores a message and delivers it to every connection of everybody in its conversation, the sender's included.
struct SendMessageHandler: LambdaHandler {
    let database: any Database
    let broadcaster: Broadcaster
    var identifiers = IdentifierGenerator.version7

    func handle(_ event: WebSocketEvent, context: LambdaContext) async throws -> WebSocketResponse {
        let caller = try event.caller()
        let request: Request = try event.request()

        let message = try await store(request, from: caller)

        if !message.recipients.isEmpty {
            let origin = event.requestContext
            let push = Message(
                messageId: message.id,
                tempMessageId: request.tempMessageId,
                conversationId: request.conversationId,
                seq: message.seq,
                senderId: caller,
                content: request.content,
                sentAt: message.sentAt
            )
            await broadcaster.push(
                try push.json(),
                to: message.recipients,
                from: (event.connection, caller),
                at: ManagementEndpoint(domainName: origin.domainName, stage: origin.stage),
                logger: context.logger
            )
        }
        return try .reply(Reply(to: request, message))
    }

    /// Stores the message, or finds it stored: of several that race with the same `tempMessageId` one is stored, and
    /// the others find it on their second attempt.
    private func store(_ request: Request, from caller: UserID) async throws -> StoreMessage.Stored {
        let statement = StoreMessage(
            conversation: request.conversationId,
            sender: caller,
            clientMessageID: request.tempMessageId,
            id: identifiers.next(),
            content: request.content
        )
        for _ in 1...3 {
            do {
                let row = try await database.run(statement).first
                try row?.access.require()
                if let message = row?.message { return message }
            } catch let error as PostgresError where error.isUniqueViolation {
                continue
            }
        }
        throw ChatError(.conflict, "Another message with this `tempMessageId` is being stored; send it again.")
    }
}

extension SendMessageHandler {
    struct Request: RequestBody {
        var conversationId: ConversationID
        var content: String
        var tempMessageId: String
        var requestId: String?

        init(_ fields: RequestFields) throws(ChatError) {
            requestId = try fields.requestID()
            conversationId = try fields.identifier("conversationId")
            tempMessageId = try fields.string("tempMessageId", 1...128)
            content = try fields.string("content", 1...4096, trimming: true, tooLong: .tooLarge)
            guard try fields.optionalStrings("attachments")?.isEmpty ?? true else {
                throw ChatError(.invalidRequest, "`attachments` must be empty: files cannot be attached yet.")
            }
        }
    }

    struct Reply: Encodable {
        var type = "message-sent"
        var tempMessageId: String
        var messageId: MessageID
        var conversationId: ConversationID
        var seq: Int64
        var sentAt: Timestamp
        var requestId: String?

        init(to request: Request, _ message: StoreMessage.Stored) {
            tempMessageId = request.tempMessageId
            messageId = message.id
            conversationId = request.conversationId
            seq = message.seq
            sentAt = message.sentAt
            requestId = request.requestId
        }
    }
}
