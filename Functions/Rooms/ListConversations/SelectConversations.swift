import ChatStore

/// A page of a user's conversations, the one with the newest activity first.
///
/// The cost depends on the number of the user's conversations and not on the number of messages: unread counts are
/// subtractions, and the latest message is found by its number. A row names at most 10 participants, so that its size
/// does not depend on theirs.
struct SelectConversations: Statement {
    static let sql = """
        WITH mine AS (
            SELECT
                c.id,
                c.title,
                c.kind,
                c.participant_ids,
                c.participant_count,
                c.last_seq,
                (extract(epoch FROM coalesce(c.last_message_at, c.created_at)) * 1000000)::bigint AS active_at,
                (c.last_seq - p.sent_count) - (p.last_read_seq - p.last_read_own) AS unread_count
            FROM participant AS p JOIN conversation AS c ON c.id = p.conversation_id
            WHERE p.user_id = $1
        ), page AS (
            SELECT * FROM mine
            WHERE ($2::boolean IS NULL OR (unread_count = 0) = $2)
                AND ($3::bigint IS NULL OR (active_at, id) < ($3, $4::uuid))
            ORDER BY active_at DESC, id DESC
            LIMIT $5::bigint
        )
        SELECT
            page.id,
            page.title,
            page.kind = 'group',
            CASE WHEN page.kind = 'direct' THEN page.participant_ids ELSE (
                SELECT json_agg(user_id ORDER BY user_id) FROM (
                    SELECT user_id FROM participant WHERE conversation_id = page.id ORDER BY user_id LIMIT 10
                ) AS named
            ) END,
            coalesce(page.participant_count, json_array_length(page.participant_ids)),
            page.last_seq,
            page.active_at,
            page.unread_count,
            CASE WHEN latest.content <> '' THEN latest.content WHEN latest.content = '' THEN coalesce((
                SELECT string_agg(file_name, ', ' ORDER BY number)
                FROM unnest(latest.attachments) WITH ORDINALITY AS attached(id, number)
                JOIN file ON file.id = attached.id AND file.uploaded_at IS NOT NULL
            ), '') END,
            latest.sender_id,
            (extract(epoch FROM latest.sent_at) * 1000000)::bigint
        FROM page
        LEFT JOIN message AS latest ON latest.conversation_id = page.id AND latest.seq = page.last_seq
        ORDER BY page.active_at DESC, page.id DESC
        """
    static let isIdempotent = true

    var caller: UserID
    var isRead: Bool?
    var after: ConversationCursor?
    var limit: Int64

    var parameters: [Parameter] {
        [
            .text(caller.rawValue), isRead.map { .boolean($0) } ?? .null,
            after.map { .integer($0.activeAt.microseconds) } ?? .null,
            after.map { .uuid($0.conversation.rawValue) } ?? .null, .integer(limit),
        ]
    }

    struct Row: Sendable, Equatable {
        var id: ConversationID
        var title: String?
        var isGroup: Bool
        /// The first ones, in order.
        var participants: [UserID]
        var participantCount: Int64
        var lastSeq: Int64
        var activeAt: Timestamp
        var unreadCount: Int64
        var latest: Latest?
    }

    struct Latest: Sendable, Equatable {
        /// The message's text; without text, the names of its files.
        var content: String
        var sender: UserID
        var sentAt: Timestamp
    }

    static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> Row {
        var latest: Latest?
        if let sender = try row.optionalText(9) {
            latest = Latest(
                content: try row.optionalText(8) ?? "",
                sender: UserID(rawValue: sender),
                sentAt: try row.timestamp(10)
            )
        }
        return Row(
            id: ConversationID(rawValue: try row.uuid(0)),
            title: try row.optionalText(1),
            isGroup: try row.boolean(2),
            participants: try row.userIDs(3),
            participantCount: try row.integer(4),
            lastSeq: try row.integer(5),
            activeAt: try row.timestamp(6),
            unreadCount: try row.integer(7),
            latest: latest
        )
    }
}
