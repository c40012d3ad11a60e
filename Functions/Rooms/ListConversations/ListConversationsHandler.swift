import ChatStore

/// Lists a page of the caller's conversations, with a `Link` header for the next page (RFC 8288).
struct ListConversationsHandler: LambdaHandler {
    private enum Flag: String, CaseIterable { case `true`, `false` }

    let database: any Database

    func handle(_ event: HTTPEvent, context: LambdaContext) async throws -> HTTPResponse {
        let caller = try event.caller()
        let limit = try event.wholeNumber(inQuery: "limit", 1...100) ?? 50
        let isRead = try event.word(inQuery: "isRead", Flag.self).map { $0 == .true }
        let cursor = try event.conversationCursor()

        // One row more than requested shows whether there is another page.
        let statement = SelectConversations(caller: caller, isRead: isRead, after: cursor, limit: limit + 1)
        let rows = try await database.run(statement)
        let page = rows.prefix(Int(limit))

        var headers: [String: String] = [:]
        if rows.count > page.count, let last = page.last {
            let next = ConversationCursor(activeAt: last.activeAt, conversation: last.id)
            let filter = isRead.map { "&isRead=\($0)" } ?? ""
            headers["link"] = "<\(event.rawPath)?limit=\(limit)\(filter)&cursor=\(next.text)>; rel=\"next\""
        }
        return try .json(page.map { ListedConversation($0, for: caller) }, headers: headers)
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
