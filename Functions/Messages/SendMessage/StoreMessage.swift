import Messages

/// Authorises, numbers and stores a message and returns its recipients: a whole send in one round trip.
///
/// - If the sender's client message id is already used in the conversation, the row is the existing message and nothing
///   changes. It counts as new only if it has the id of this statement, which then ran twice because a connection broke.
/// - Of two concurrent statements with the same client message id, the second waits for the first one's row lock and then
///   fails with a unique violation, which rolls back its number. Run again, it finds the first one's message.
/// - Files are attached only if all of them are confirmed files of the sender; otherwise nothing changes.
/// - Every statement locks the conversation's row first, so two of them cannot deadlock. It holds the lock until the
///   commit, so a transaction that sees a number sees every message below it.
/// - A data-modifying part reads another part's rows in FROM, never in a subquery. When a row was changed concurrently,
///   Postgres evaluates the conditions again, and it cannot run another modification for that.
struct StoreMessage: Statement {
    static let sql = """
        WITH access AS (
            SELECT EXISTS (SELECT FROM participant WHERE conversation_id = $1 AND user_id = $2) AS is_participant
        ), known AS (
            SELECT participant_ids FROM conversation WHERE id = $1
        ), existing AS (
            SELECT id, seq, sent_at FROM message
            WHERE conversation_id = $1 AND sender_id = $2 AND client_message_id = $3
        ), attached AS (
            SELECT
                count(file.id) AS known_count,
                count(file.uploaded_at) AS uploaded_count,
                json_agg(\(AttachedFile.sql) ORDER BY number) AS files
            FROM unnest($6::text[]) WITH ORDINALITY AS wanted(id, number)
            JOIN file ON file.id = wanted.id AND file.owner_id = $2
        ), numbered AS (
            UPDATE conversation
            SET last_seq = last_seq + 1, last_message_at = greatest(clock_timestamp(), last_message_at)
            WHERE id = $1 AND (SELECT is_participant FROM access) AND NOT EXISTS (SELECT FROM existing)
                AND (SELECT uploaded_count FROM attached) = cardinality($6)
            RETURNING last_seq AS seq, last_message_at AS sent_at
        ), counted AS (
            UPDATE participant SET sent_count = sent_count + 1
            FROM numbered
            WHERE conversation_id = $1 AND user_id = $2
        ), inserted AS (
            INSERT INTO message (conversation_id, seq, id, sender_id, client_message_id, content, sent_at, attachments)
            SELECT $1, seq, $4, $2, $3, $5, sent_at, nullif($6, '{}') FROM numbered
            RETURNING id, seq, sent_at
        ), published AS (
            INSERT INTO outbox (subject, data, created_at)
            SELECT
                'messenger.change_feed.message.' || $1::text || '.createdV1',
                jsonb_build_object('conversationId', $1, 'messageId', id, 'seq', seq, 'senderId', $2),
                sent_at
            FROM inserted
        ), stored AS (
            SELECT id, seq, sent_at FROM inserted
            UNION ALL
            SELECT id, seq, sent_at FROM existing WHERE (SELECT is_participant FROM access)
        )
        SELECT
            EXISTS (SELECT FROM known),
            (SELECT is_participant FROM access),
            stored.id,
            stored.seq,
            (extract(epoch FROM stored.sent_at) * 1000000)::bigint,
            CASE WHEN stored.id = $4 THEN (SELECT participant_ids FROM known) END,
            CASE WHEN stored.id = $4 THEN attached.files END,
            attached.known_count
        FROM attached LEFT JOIN stored ON true
        """
    static let isIdempotent = true

    var conversation: ConversationID
    var sender: UserID
    var clientMessageID: String
    var id: MessageID
    var content: String
    /// Without duplicates.
    var attachments: [FileID] = []

    var parameters: [Parameter] {
        [
            .uuid(conversation.rawValue), .text(sender.rawValue), .text(clientMessageID), .uuid(id.rawValue),
            .text(content), .textArray(attachments.map(\.rawValue)),
        ]
    }

    struct Row: Sendable {
        var access: ConversationAccess
        /// Nil without access, or if a file cannot be attached.
        var message: Stored?
        /// How many of the attachments are files of the sender, confirmed or not.
        var knownFiles = 0
    }

    struct Stored: Sendable, Equatable {
        var id: MessageID
        var seq: Int64
        var sentAt: Timestamp
        /// Every participant if the message is new; empty if it existed before.
        var recipients: [UserID]
        /// Empty if the message existed before.
        var files: [AttachedFile] = []
    }

    static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> Row {
        let access = ConversationAccess(conversationExists: try row.boolean(0), isParticipant: try row.boolean(1))
        let knownFiles = Int(try row.integer(7))
        guard let id = try row.optionalUUID(2) else { return Row(access: access, knownFiles: knownFiles) }
        let isNew = try row.optionalText(5) != nil
        return Row(
            access: access,
            message: Stored(
                id: MessageID(rawValue: id),
                seq: try row.integer(3),
                sentAt: try row.timestamp(4),
                recipients: isNew ? try row.userIDs(5) : [],
                files: try row.files(6)
            ),
            knownFiles: knownFiles
        )
    }
}
