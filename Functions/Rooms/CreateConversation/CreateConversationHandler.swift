import ChatStore
import RateLimits

/// Creates a group, or finds or creates the one direct conversation of two users.
struct CreateConversationHandler: LambdaHandler {
    let database: any Database
    let limiter: RateLimiter
    var identifiers = IdentifierGenerator.version7

    func handle(_ event: HTTPEvent, context: LambdaContext) async throws -> HTTPResponse {
        let caller = try event.caller()
        let request: CreateConversationRequest = try event.request()
        let others = try request.others(than: caller)

        // Groups have a limit of their own: each appears in the lists of all its participants.
        let action: LimitedAction = request.isGroup ? .createGroup : .createConversation
        try await limiter.charge(action, to: caller, logger: context.logger)

        let statement = InsertConversation(
            id: identifiers.next(),
            title: request.title,
            creator: caller,
            directKey: request.isGroup ? nil : DirectKey(caller, others[0]),
            participants: ([caller] + others).sorted()
        )
        return try .json(CreatedConversation(conversationId: try await insert(statement)))
    }

    /// Of several concurrent requests for the same direct conversation, one creates it. The others find it when they run
    /// the statement again.
    private func insert(_ statement: InsertConversation) async throws -> ConversationID {
        for _ in 1...3 {
            if let id = try await database.run(statement).first { return id }
        }
        throw ChatError(.conflict, "This conversation is being created by another request; try again.")
    }
}

private struct CreatedConversation: Encodable {
    var conversationId: ConversationID
}
