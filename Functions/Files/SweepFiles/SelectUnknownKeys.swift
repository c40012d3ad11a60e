import ChatStore

/// Those of the given object keys that do not belong to a file.
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

/// Whether there is any file at all.
struct FindAnyFile: Statement {
    static let sql = "SELECT EXISTS (SELECT FROM file)"
    static let isIdempotent = true

    var parameters: [Parameter] { [] }

    static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> Bool { try row.boolean(0) }
}
