import FileCredentials
import FoundationEssentials
import Messages

/// Lists a page of a conversation's messages to a participant.
struct ListMessagesHandler: LambdaHandler {
    let database: any Database
    let fileURLs: SignedFileURLs
    var now: @Sendable () -> Date = { .now }

    func handle(_ event: HTTPEvent, context: LambdaContext) async throws -> HTTPResponse {
        let caller = try event.caller()
        let conversation: ConversationID = try event.identifier(inPath: "conversationId")
        let page = try PageOfMessages(event)

        let rows = try await database.run(SelectMessages(conversation: conversation, caller: caller, page: page))
        try (rows.first?.access ?? .notFound).require()

        let time = now()
        let messages = rows.compactMap(\.message).map { stored in
            ChatMessage(
                stored,
                in: conversation,
                attachments: stored.files.map { Attachment($0, url: fileURLs.url(for: $0.id, at: time)) }
            )
        }
        return try .json(page.isAscending ? messages : messages.reversed())
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
