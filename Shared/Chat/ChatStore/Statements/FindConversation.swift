public import ChatCore
public import Postgres

/// A conversation and whether the caller participates in it; no row if it does not exist.
public struct FindConversation: Statement {
    public static let sql = """
        SELECT
            EXISTS (SELECT FROM participant WHERE conversation_id = $1 AND user_id = $2),
            title,
            kind = 'group',
            created_by,
            (extract(epoch FROM created_at) * 1000000)::bigint,
            participant_ids
        FROM conversation
        WHERE id = $1
        """
    public static let isIdempotent = true

    public var conversation: ConversationID
    public var caller: UserID

    public init(conversation: ConversationID, caller: UserID) {
        self.conversation = conversation
        self.caller = caller
    }

    public var parameters: [Parameter] { [.uuid(conversation.rawValue), .text(caller.rawValue)] }

    public struct Row: Sendable, Equatable {
        public var isParticipant: Bool
        public var title: String?
        public var isGroup: Bool
        public var createdBy: UserID
        public var createdAt: Timestamp
        public var participants: [UserID]

        public init(
            isParticipant: Bool,
            title: String?,
            isGroup: Bool,
            createdBy: UserID,
            createdAt: Timestamp,
            participants: [UserID]
        ) {
            self.isParticipant = isParticipant
            self.title = title
            self.isGroup = isGroup
            self.createdBy = createdBy
            self.createdAt = createdAt
            self.participants = participants
        }
    }

    public static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> Row {
        Row(
            isParticipant: try row.boolean(0),
            title: try row.optionalText(1),
            isGroup: try row.boolean(2),
            createdBy: UserID(rawValue: try row.text(3)),
            createdAt: try row.timestamp(4),
            participants: try row.userIDs(5)
        )
    }
}

extension Database {
    /// A conversation in which the caller participates.
    ///
    /// - Throws: A ``ChatError`` with `notFound` if it does not exist, `notAParticipant` if the caller has no access.
    public func conversation(_ id: ConversationID, for caller: UserID) async throws -> FindConversation.Row {
        let row = try await run(FindConversation(conversation: id, caller: caller)).first
        try ConversationAccess(conversationExists: row != nil, isParticipant: row?.isParticipant ?? false).require()
        guard let row else { throw PostgresError(.decoding, message: "FindConversation returned no row") }
        return row
    }
}
