import ChatStore

/// Lists the user ids of a conversation's participants to one of them.
struct ListParticipantsHandler: LambdaHandler {
    let database: any Database

    func handle(_ event: HTTPEvent, context: LambdaContext) async throws -> HTTPResponse {
        let caller = try event.caller()
        let id: ConversationID = try event.identifier(inPath: "conversationId")
        return try .json(try await database.conversation(id, for: caller).participants)
    }
}
