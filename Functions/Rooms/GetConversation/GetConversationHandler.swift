import ChatStore
import RateLimits

/// Describes a conversation to a participant.
struct GetConversationHandler: LambdaHandler {
    let database: any Database
    let limiter: RateLimiter

    func handle(_ event: HTTPEvent, context: LambdaContext) async throws -> HTTPResponse {
        let caller = try event.caller()
        let id: ConversationID = try event.identifier(inPath: "conversationId")
        let conversation = try await limiter.charging(.read, to: caller, logger: context.logger) {
            try await database.conversation(id, for: caller)
        }
        return try .json(Response(id, conversation, for: caller))
    }
}

extension GetConversationHandler {
    struct Response: Encodable {
        var conversationId: ConversationID
        @NullIfAbsent var title: String?
        var isGroup: Bool
        var createdBy: UserID
        var createdAt: Timestamp
        /// All of them: 1,000 fit into a response.
        var participantIds: [UserID]
        var participantCount: Int
        @NullIfAbsent var participantId: UserID?

        init(_ id: ConversationID, _ conversation: FindConversation.Row, for caller: UserID) {
            conversationId = id
            title = conversation.title
            isGroup = conversation.isGroup
            createdBy = conversation.createdBy
            createdAt = conversation.createdAt
            participantIds = conversation.participants
            participantCount = conversation.participants.count
            participantId = conversation.participants.first { $0 != caller }
        }
    }
}
