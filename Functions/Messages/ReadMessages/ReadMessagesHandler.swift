import ChatStore
import Connections
import ManagementAPI

/// Marks messages as read and pushes the caller's new position to every participant.
struct ReadMessagesHandler: LambdaHandler {
    let database: any Database
    let broadcaster: Broadcaster

    func handle(_ event: WebSocketEvent, context: LambdaContext) async throws -> WebSocketResponse {
        let caller = try event.caller()
        let request: Request = try event.request()

        let move = MoveCursor(conversation: request.conversationId, reader: caller, upToSeq: request.upToSeq)
        guard let cursor = try await database.run(move).first else {
            throw PostgresError(.decoding, message: "MoveCursor returned no row")
        }
        try cursor.access.require()

        let origin = event.requestContext
        let push = Push(conversationId: request.conversationId, userId: caller, seq: cursor.seq)
        await broadcaster.push(
            try push.json(),
            to: cursor.participants,
            from: (event.connection, caller),
            at: ManagementEndpoint(domainName: origin.domainName, stage: origin.stage),
            logger: context.logger
        )
        return try .reply(
            Reply(conversationId: request.conversationId, seq: cursor.seq, requestId: request.requestId)
        )
    }
}

extension ReadMessagesHandler {
    struct Request: ChatRequest {
        var conversationId: ConversationID
        var upToSeq: Int64?
        var requestId: String?

        init(_ fields: RequestFields) throws(ChatError) {
            requestId = try fields.requestID()
            conversationId = try fields.identifier("conversationId")
            upToSeq = try fields.optionalWholeNumber("upToSeq", atLeast: 0)
        }
    }

    struct Reply: Encodable {
        var type = "messages-read"
        var conversationId: ConversationID
        var seq: Int64
        var requestId: String?
    }

    struct Push: Encodable {
        var type = "read-messages"
        var conversationId: ConversationID
        var userId: UserID
        var seq: Int64
    }
}
