import FileCredentials
import FoundationEssentials
import Messages
import RateLimits

/// Lists a page of a conversation's messages to a participant.
struct ListMessagesHandler: LambdaHandler {
    let database: any Database
    let limiter: RateLimiter
    let fileURLs: SignedFileURLs
    var now: @Sendable () -> Date = { .now }

    func handle(_ event: HTTPEvent, context: LambdaContext) async throws -> HTTPResponse {
        let caller = try event.caller()
        let conversation: ConversationID = try event.identifier(inPath: "conversationId")
        let page = try PageOfMessages(event)

        let statement = SelectMessages(conversation: conversation, caller: caller, page: page)
        let rows = try await limiter.charging(.read, to: caller, logger: context.logger) {
            try await database.run(statement)
        }
        try (rows.first?.access ?? .notFound).require()

        let time = now()
        // Those at the page's start are kept if not all fit, so that the next page follows without a gap.
        let stored = rows.compactMap(\.message)
        let body = try PageBody(
            (page.isFromStart ? stored : stored.reversed()).lazy.map { message in
                ChatMessage(
                    message,
                    in: conversation,
                    attachments: message.files.map { Attachment($0, url: fileURLs.url(for: $0.id, at: time)) }
                )
            }
        )
        return body.response(
            next: page.next(after: stored, body.count).map { "\(event.rawPath)?\($0)" },
            isReversed: page.isFromStart != page.isAscending
        )
    }
}

extension PageOfMessages {
    /// Whether the page begins with its lowest number, and not with its highest.
    fileprivate var isFromStart: Bool {
        if case .after = start { true } else { false }
    }

    /// The query of the page that continues this one; nil if the conversation, or the requested range, ends here.
    ///
    /// - Parameters:
    ///   - stored: The messages in the order of their numbers.
    ///   - count: How many of them are on this page.
    fileprivate func next(after stored: [SelectMessages.StoredMessage], _ count: Int) -> String? {
        guard count > 0 else { return nil }
        let order = "&order=\(isAscending ? "asc" : "desc")&limit=\(limit)"
        if isFromStart {
            let last = stored[count - 1].seq
            let range = before.map { "&before=\($0)" } ?? ""
            let isLast = count < limit && count == stored.count || before.map { last + 1 >= $0 } ?? false
            return isLast ? nil : "after=\(last)\(range)\(order)"
        }
        let first = stored[stored.count - count].seq
        return first == 1 ? nil : "before=\(first)\(order)"
    }
}

extension ChatMessage {
    fileprivate init(
        _ stored: SelectMessages.StoredMessage,
        in conversation: ConversationID,
        attachments: [Attachment]
    ) {
        self.init(
            messageId: stored.id,
            tempMessageId: stored.clientMessageID,
            conversationId: conversation,
            seq: stored.seq,
            senderId: stored.sender,
            content: stored.content,
            sentAt: stored.sentAt,
            attachments: attachments,
            readBy: stored.readBy
        )
    }
}
