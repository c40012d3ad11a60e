public import ChatCore

/// A message, as it is pushed and as it is listed.
public struct Message: Encodable, Sendable {
    public var type = "new-message"
    public var messageId: MessageID
    /// The sender's own id of the message.
    public var tempMessageId: String
    public var conversationId: ConversationID
    public var seq: Int64
    public var senderId: UserID
    public var content: String
    public var sentAt: Timestamp
    public var attachments: [Attachment]
    /// How many participants besides the sender have read it; only where it is listed.
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
