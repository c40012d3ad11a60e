import ChatStore

/// The direct conversation of a pair of users, or no row.
struct FindDirectConversation: Statement {
    static let sql = "SELECT id FROM conversation WHERE direct_key = $1"
    static let isIdempotent = true

    var key: DirectKey

    var parameters: [Parameter] { [.text(key.rawValue)] }

    static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> ConversationID {
        ConversationID(rawValue: try row.uuid(0))
    }
}
