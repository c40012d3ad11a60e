public import ChatCore

/// A message, as it is pushed to clients and listed over HTTP.
public struct ChatMessage: Encodable, Sendable {
    public var type = "new-message"
    public var messageId: MessageID
    /// The id that the sending client chose.
    public var tempMessageId: String
    public var conversationId: ConversationID
    public var seq: Int64
    public var senderId: UserID
    public var content: String
    public var sentAt: Timestamp
    public var attachments: [Attachment]
    /// How many participants other than the sender have read the message; nil in a push.
    public var readBy: Int64?

    public init(
        messageId: MessageID,
        tempMessageId: String,
        conversationId: ConversationID,
        seq: Int64,
        senderId: UserID,
        content: String,
        sentAt: Timestamp,
        attachments: [Attachment] = [],
        readBy: Int64? = nil
    ) {
        self.messageId = messageId
        self.tempMessageId = tempMessageId
        self.conversationId = conversationId
        self.seq = seq
        self.senderId = senderId
        self.content = content
        self.sentAt = sentAt
        self.attachments = attachments
        self.readBy = readBy
    }
}
