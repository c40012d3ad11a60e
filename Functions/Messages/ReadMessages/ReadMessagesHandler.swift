import ChatStore
import Connections
import ManagementAPI
import RateLimits

/// Marks messages as read and pushes the caller's new position to every participant. If the position is not new, only
/// the caller is told.
struct ReadMessagesHandler: LambdaHandler {
    let database: any Database
    let broadcaster: Broadcaster

    func handle(_ event: WebSocketEvent, context: LambdaContext) async throws -> WebSocketResponse {
        let endpoint = ManagementEndpoint(of: event)
        let origin = try await broadcaster.origin(of: event, at: endpoint, charging: .readMessages)
        let (request, cursor) = try await broadcaster.chargingFailures(
            of: .readMessages,
            by: origin,
            logger: context.logger
        ) {
            let request: Request = try event.request()
            return (request, try await move(request, of: origin.user))
        }
        let reply = try Reply(
            conversationId: request.conversationId,
            seq: cursor.seq,
            requestId: request.requestId
        ).json()
        guard cursor.hasMoved else {
            await broadcaster.charge(.readMessages, to: origin, logger: context.logger)
            return .reply(reply)
        }
        let push = Push(conversationId: request.conversationId, userId: origin.user, seq: cursor.seq)
        let broadcast = Broadcast(
            try push.json(),
            to: cursor.participants,
            from: origin,
            reply: reply,
            at: endpoint,
            charging: .readMessages
        )
        return await broadcaster.push(broadcast, logger: context.logger) ? .ok : .reply(reply)
    }

    private func move(_ request: Request, of reader: UserID) async throws -> MoveCursor.Row {
        let move = MoveCursor(conversation: request.conversationId, reader: reader, upToSeq: request.upToSeq)
        guard let cursor = try await database.run(move).first else {
            throw PostgresError(.decoding, message: "MoveCursor returned no row")
        }
        try cursor.access.require()
        return cursor
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
