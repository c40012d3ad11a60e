import ChatStore
import RateLimits

/// Finds the caller's direct conversation with another user, or answers `null`.
struct GetDirectConversationHandler: LambdaHandler {
    let database: any Database
    let limiter: RateLimiter

    func handle(_ event: HTTPEvent, context: LambdaContext) async throws -> HTTPResponse {
        let caller = try event.caller()
        guard let other = UserID(validating: event.pathParameters?["userId"] ?? "") else {
            throw ChatError(.invalidRequest, "`userId` must have \(UserID.rule).")
        }
        let found = try await limiter.charging(.read, to: caller, logger: context.logger) {
            try await database.run(FindDirectConversation(key: DirectKey(caller, other))).first
        }
        return try .json(found.map(FoundConversation.init))
    }
}

private struct FoundConversation: Encodable {
    var conversationId: ConversationID
}
