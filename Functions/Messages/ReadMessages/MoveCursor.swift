import ChatStore

/// Moves a reader's cursor forward, never back and never past the last message.
///
/// The reader's row is locked before anything is computed from it, so a concurrent read on another device of the same
/// user is taken into account. Every message up to `last_seq` is visible here, because StoreMessage holds the
/// conversation's lock until its commit.
struct MoveCursor: Statement {
    static let sql = """
        WITH known AS (
            SELECT participant_ids, least(coalesce($3, last_seq), last_seq) AS target FROM conversation WHERE id = $1
        ), reader AS (
            SELECT last_read_seq FROM participant
            WHERE conversation_id = $1 AND user_id = $2
            FOR NO KEY UPDATE
        ), moved AS (
            UPDATE participant AS p
            SET last_read_seq = known.target,
                last_read_own = p.last_read_own + (
                    SELECT count(*) FROM message AS m
                    WHERE m.conversation_id = $1 AND m.sender_id = $2
                        AND m.seq > p.last_read_seq AND m.seq <= known.target
                )
            FROM known, reader
            WHERE p.conversation_id = $1 AND p.user_id = $2 AND known.target > reader.last_read_seq
            RETURNING p.last_read_seq
        ), published AS (
            INSERT INTO outbox (subject, data, created_at)
            SELECT
                'messenger.change_feed.message.' || $1::text || '.readV1',
                jsonb_build_object('conversationId', $1, 'userId', $2, 'seq', last_read_seq),
                clock_timestamp()
            FROM moved
        )
        SELECT
            EXISTS (SELECT FROM known),
            EXISTS (SELECT FROM reader),
            greatest((SELECT target FROM known), (SELECT last_read_seq FROM reader)),
            (SELECT participant_ids FROM known WHERE EXISTS (SELECT FROM moved))
        """
    static let isIdempotent = true

    var conversation: ConversationID
    var reader: UserID
    /// Nil for the last message.
    var upToSeq: Int64?

    var parameters: [Parameter] {
        [.uuid(conversation.rawValue), .text(reader.rawValue), upToSeq.map { .integer($0) } ?? .null]
    }

    struct Row: Sendable {
        var access: ConversationAccess
        /// The position of the reader's cursor after the statement; 0 without access.
        var seq: Int64
        /// Every participant; empty if the cursor was there already, or without access.
        var participants: [UserID]
        var hasMoved: Bool { !participants.isEmpty }
    }

    static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> Row {
        let access = ConversationAccess(conversationExists: try row.boolean(0), isParticipant: try row.boolean(1))
        guard access == .granted else { return Row(access: access, seq: 0, participants: []) }
        let hasMoved = try row.optionalText(3) != nil
        return Row(access: access, seq: try row.integer(2), participants: hasMoved ? try row.userIDs(3) : [])
    }
}
