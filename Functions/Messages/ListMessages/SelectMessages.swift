import Messages

/// A page of a conversation's messages, the oldest first. There is always at least one row, with or without a message:
/// it says whether the caller has access.
///
/// The bounds of the page are scalar subqueries, which Postgres evaluates before it reads the first message. The primary
/// key then finds the page however long the conversation is; in a join, every message would be compared.
///
/// The participants' cursors are sorted once, so counting a message's readers is a binary search and not a scan of up to
/// 1,000 participants.
struct SelectMessages: Statement {
    static let sql = """
        WITH access AS (
            SELECT EXISTS (SELECT FROM participant WHERE conversation_id = $1 AND user_id = $2) AS is_participant
        ), known AS (
            SELECT
                CASE
                    WHEN $3::bigint IS NOT NULL THEN $3
                    ELSE least(last_seq - $4::bigint, $5::bigint - 1) - $6::bigint
                END AS above
            FROM conversation
            WHERE id = $1
        ), cursors AS (
            SELECT array_agg(last_read_seq ORDER BY last_read_seq) AS seqs, count(*) AS count
            FROM participant
            WHERE conversation_id = $1 AND (SELECT is_participant FROM access)
        )
        SELECT
            EXISTS (SELECT FROM known),
            (SELECT is_participant FROM access),
            page.id,
            page.client_message_id,
            page.seq,
            page.sender_id,
            page.content,
            (extract(epoch FROM page.sent_at) * 1000000)::bigint,
            (SELECT count - width_bucket(page.seq - 1, seqs) FROM cursors)
                - (sender.last_read_seq IS NOT NULL AND sender.last_read_seq >= page.seq)::int,
            CASE WHEN page.attachments IS NOT NULL THEN (
                SELECT json_agg(\(AttachedFile.sql) ORDER BY number)
                FROM unnest(page.attachments) WITH ORDINALITY AS attached(id, number)
                JOIN file ON file.id = attached.id AND file.uploaded_at IS NOT NULL
            ) END
        FROM (SELECT) AS always
        LEFT JOIN LATERAL (
            SELECT * FROM message
            WHERE conversation_id = $1 AND (SELECT is_participant FROM access)
                AND seq > (SELECT above FROM known) AND seq < (SELECT least(above + $6 + 1, $5) FROM known)
            ORDER BY seq
            LIMIT $6
        ) AS page ON true
        LEFT JOIN participant AS sender ON sender.conversation_id = $1 AND sender.user_id = page.sender_id
        ORDER BY page.seq
        """
    static let isIdempotent = true

    var conversation: ConversationID
    var caller: UserID
    var page: PageOfMessages

    var parameters: [Parameter] {
        // Above the number of any message, and low enough that the SQL's additions cannot overflow.
        let limited = { (number: Int64) in Parameter.integer(min(number, 1 << 60)) }
        let (after, skipped): (Parameter, Parameter) =
            switch page.start {
            case .after(let seq): (limited(seq), .integer(0))
            case .skipping(let count): (.null, limited(count))
            }
        return [
            .uuid(conversation.rawValue), .text(caller.rawValue), after, skipped, page.before.map(limited) ?? .null,
            .integer(page.limit),
        ]
    }

    struct Row: Sendable {
        var access: ConversationAccess
        var message: StoredMessage?
    }

    struct StoredMessage: Sendable, Equatable {
        var id: MessageID
        var clientMessageID: String
        var seq: Int64
        var sender: UserID
        var content: String
        var sentAt: Timestamp
        var readBy: Int64
        var files: [AttachedFile] = []
    }

    static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> Row {
        let access = ConversationAccess(conversationExists: try row.boolean(0), isParticipant: try row.boolean(1))
        guard let id = try row.optionalUUID(2) else { return Row(access: access) }
        return Row(
            access: access,
            message: StoredMessage(
                id: MessageID(rawValue: id),
                clientMessageID: try row.text(3),
                seq: try row.integer(4),
                sender: UserID(rawValue: try row.text(5)),
                content: try row.text(6),
                sentAt: try row.timestamp(7),
                readBy: try row.integer(8),
                files: try row.files(9)
            )
        )
    }
}
