import ChatStore

/// A page of a conversation's participants, in the order of their ids. There is always at least one row, with or without
/// a participant: it says whether the caller has access.
struct SelectParticipants: Statement {
    static let sql = """
        WITH access AS (
            SELECT EXISTS (SELECT FROM participant WHERE conversation_id = $1 AND user_id = $2) AS is_participant
        )
        SELECT
            EXISTS (SELECT FROM conversation WHERE id = $1),
            (SELECT is_participant FROM access),
            page.user_id
        FROM (SELECT) AS always
        LEFT JOIN LATERAL (
            SELECT user_id FROM participant
            WHERE conversation_id = $1 AND (SELECT is_participant FROM access)
                AND user_id > coalesce($3::text, '')
            ORDER BY user_id
            LIMIT $4::bigint
        ) AS page ON true
        ORDER BY page.user_id
        """
    static let isIdempotent = true

    var conversation: ConversationID
    var caller: UserID
    var after: UserID?
    var limit: Int64

    var parameters: [Parameter] {
        [
            .uuid(conversation.rawValue), .text(caller.rawValue), after.map { .text($0.rawValue) } ?? .null,
            .integer(limit),
        ]
    }

    struct Row: Sendable, Equatable {
        var access: ConversationAccess
        var user: UserID?
    }

    static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> Row {
        Row(
            access: ConversationAccess(
                conversationExists: try row.boolean(0),
                isParticipant: try row.boolean(1)
            ),
            user: try row.optionalText(2).map(UserID.init(rawValue:))
        )
    }
}
