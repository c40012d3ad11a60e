import ChatStore

/// A conversation in the caller's list. The fields of the latest message are `null` in a conversation without messages.
struct ListedConversation: Encodable {
    var conversationId: ConversationID
    @NullIfAbsent var title: String?
    var isGroup: Bool
    /// At most 10.
    var participantIds: [UserID]
    var participantCount: Int64
    @NullIfAbsent var participantId: UserID?
    @NullIfAbsent var latestContent: String?
    @NullIfAbsent var senderId: UserID?
    @NullIfAbsent var sentAt: Timestamp?
    var seq: Int64
    var isRead: Bool
    var unreadCount: Int64

    init(_ row: SelectConversations.Row, for caller: UserID) {
        conversationId = row.id
        title = row.title
        isGroup = row.isGroup
        participantIds = row.participants
        participantCount = row.participantCount
        participantId = row.participants.first { $0 != caller }
        latestContent = row.latest?.content
        senderId = row.latest?.sender
        sentAt = row.latest?.sentAt
        seq = row.lastSeq
        isRead = row.unreadCount == 0
        unreadCount = row.unreadCount
    }
}
