import ChatStore
import FoundationEssentials

/// Creates a conversation with its participants, or finds the existing one of a direct pair.
///
/// The row contains the conversation's id. There is no row if another statement created the pair's conversation after
/// this one began: run this one again to find it.
struct InsertConversation: Statement {
    static let sql = """
        WITH created AS (
            INSERT INTO conversation
                (id, kind, title, created_by, created_at, direct_key, participant_ids, participant_count)
            VALUES (
                $1, CASE WHEN $4::text IS NULL THEN 'group' ELSE 'direct' END, $2, $3, clock_timestamp(), $4,
                array_to_json($5::text[]), cardinality($5::text[])
            )
            ON CONFLICT DO NOTHING
            RETURNING id, created_at
        ), joined AS (
            INSERT INTO participant (conversation_id, user_id, joined_at)
            SELECT id, user_id, created_at FROM created, unnest($5::text[]) AS user_id
        ), published AS (
            INSERT INTO outbox (subject, data, created_at)
            SELECT
                'messenger.change_feed.conversation.' || id::text || '.createdV1',
                jsonb_build_object('conversationId', id, 'createdBy', $3::text),
                created_at
            FROM created
        )
        SELECT id FROM created
        UNION ALL
        SELECT id FROM conversation WHERE id = $1
        UNION ALL
        SELECT id FROM conversation WHERE direct_key = $4
        LIMIT 1
        """
    static let isIdempotent = true

    var id: ConversationID
    /// Nil for a direct conversation.
    var title: String?
    var creator: UserID
    /// Nil for a group.
    var directKey: DirectKey?
    /// Sorted, including the creator.
    var participants: [UserID]

    var parameters: [Parameter] {
        [
            .uuid(id.rawValue), title.map { .text($0) } ?? .null, .text(creator.rawValue),
            directKey.map { .text($0.rawValue) } ?? .null, .textArray(participants.map(\.rawValue)),
        ]
    }

    static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> ConversationID {
        ConversationID(rawValue: try row.uuid(0))
    }
}
