import ChatStore

/// The object keys among the given ones that belong to no file.
struct SelectUnknownKeys: Statement {
    static let sql = """
        SELECT key FROM unnest($1::text[]) AS key
        WHERE NOT EXISTS (SELECT FROM file WHERE file.id = key)
        """
    static let isIdempotent = true

    var keys: [String]

    var parameters: [Parameter] { [.textArray(keys)] }

    static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> String { try row.text(0) }
}
