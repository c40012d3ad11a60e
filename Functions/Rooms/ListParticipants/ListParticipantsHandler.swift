import ByteEncodings
import ChatStore
import RateLimits

/// Lists the user ids of a conversation's participants to one of them, with a `Link` header for the next page (RFC 8288).
struct ListParticipantsHandler: LambdaHandler {
    let database: any Database
    let limiter: RateLimiter

    func handle(_ event: HTTPEvent, context: LambdaContext) async throws -> HTTPResponse {
        let caller = try event.caller()
        let conversation: ConversationID = try event.identifier(inPath: "conversationId")
        // By default all: a conversation has at most 1,000 participants.
        let limit = try event.wholeNumber(inQuery: "limit", 1...1000) ?? 1000
        let cursor = try event.participantCursor()

        // One row more than requested shows whether there is another page.
        let statement = SelectParticipants(
            conversation: conversation,
            caller: caller,
            after: cursor,
            limit: limit + 1
        )
        let rows = try await limiter.charging(.read, to: caller, logger: context.logger) {
            try await database.run(statement)
        }
        try (rows.first?.access ?? .notFound).require()

        let users = rows.compactMap(\.user)
        let page = try PageBody(users.prefix(Int(limit)))
        let next = users.count > page.count ? users[page.count - 1] : nil
        return page.response(next: next.map { "\(event.rawPath)?limit=\(limit)&cursor=\($0.cursor)" })
    }
}

extension UserID {
    fileprivate var cursor: String { Hexadecimal.encode(rawValue.utf8) }
}

extension HTTPEvent {
    /// The last user of the previous page.
    fileprivate func participantCursor() throws(ChatError) -> UserID? {
        guard let text = queryStringParameters?["cursor"] else { return nil }
        guard (1...1024).contains(text.utf8.count), let bytes = Hexadecimal.decode(text), !bytes.contains(0) else {
            throw ChatError(.invalidRequest, "`cursor` must be taken from the `Link` header of the previous page.")
        }
        return UserID(rawValue: String(decoding: bytes, as: UTF8.self))
    }
}
