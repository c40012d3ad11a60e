import ChatStore

/// The key of the last object that the previous run examined. If there is no row, or the key is null, the run starts
/// with the first object.
struct FindSweepPosition: Statement {
    static let sql = "SELECT key FROM sweep_position WHERE bucket = $1"
    static let isIdempotent = true

    var bucket: String

    var parameters: [Parameter] { [.text(bucket)] }

    static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> String? { try row.optionalText(0) }
}

struct SaveSweepPosition: Statement {
    static let sql = """
        INSERT INTO sweep_position (bucket, key) VALUES ($1, $2)
        ON CONFLICT (bucket) DO UPDATE SET key = excluded.key
        """
    static let isIdempotent = true

    var bucket: String
    /// Nil if the run reached the last object.
    var key: String?

    var parameters: [Parameter] { [.text(bucket), key.map { .text($0) } ?? .null] }

    static func decode(_ row: borrowing ResultRow) throws(PostgresError) {}
}
