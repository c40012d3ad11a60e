import ChatStore
import RateLimits

/// Lists a page of the caller's conversations, with a `Link` header for the next page (RFC 8288).
struct ListConversationsHandler: LambdaHandler {
    private enum Flag: String, CaseIterable { case `true`, `false` }

    let database: any Database
    let limiter: RateLimiter

    func handle(_ event: HTTPEvent, context: LambdaContext) async throws -> HTTPResponse {
        let caller = try event.caller()
        let limit = try event.wholeNumber(inQuery: "limit", 1...100) ?? 50
        let isRead = try event.word(inQuery: "isRead", Flag.self).map { $0 == .true }
        let cursor = try event.conversationCursor()

        // One row more than requested shows whether there is another page.
        let statement = SelectConversations(caller: caller, isRead: isRead, after: cursor, limit: limit + 1)
        let rows = try await limiter.charging(.read, to: caller, logger: context.logger) {
            try await database.run(statement)
        }
        let page = try PageBody(rows.prefix(Int(limit)).lazy.map { ListedConversation($0, for: caller) })
        return page.response(next: next(after: rows, page.count, limit, isRead, event))
    }

    /// The next page, if there are more rows than those on this one.
    private func next(
        after rows: [SelectConversations.Row],
        _ count: Int,
        _ limit: Int64,
        _ isRead: Bool?,
        _ event: HTTPEvent
    ) -> String? {
        guard count > 0, rows.count > count else { return nil }
        let last = ConversationCursor(activeAt: rows[count - 1].activeAt, conversation: rows[count - 1].id)
        let filter = isRead.map { "&isRead=\($0)" } ?? ""
        return "\(event.rawPath)?limit=\(limit)\(filter)&cursor=\(last.text)"
    }
}

extension HTTPEvent {
    fileprivate func conversationCursor() throws(ChatError) -> ConversationCursor? {
        guard let text = queryStringParameters?["cursor"] else { return nil }
        guard let cursor = ConversationCursor(text) else {
            throw ChatError(.invalidRequest, "`cursor` must be taken from the `Link` header of the previous page.")
        }
        return cursor
    }
}
