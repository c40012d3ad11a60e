import ChatStore

/// Finds the caller's direct conversation with another user, or answers `null`.
struct GetDirectConversationHandler: LambdaHandler {
    let database: any Database

    func handle(_ event: HTTPEvent, context: LambdaContext) async throws -> HTTPResponse {
        let caller = try event.caller()
        guard let other = UserID(validating: event.pathParameters?["userId"] ?? "") else {
            throw ChatError(
                .invalidRequest,
                "`userId` must have 1 to 128 characters, none of them a control character."
            )
        }
        let found = try await database.run(FindDirectConversation(key: DirectKey(caller, other))).first
        return try .json(found.map(FoundConversation.init))
    }
}

private struct FoundConversation: Encodable {
    var conversationId: ConversationID
}
