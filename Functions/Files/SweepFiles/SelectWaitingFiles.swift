import ChatStore
import Files

/// Files that were announced long ago and are not uploaded, the oldest first.
struct SelectWaitingFiles: Statement {
    static let sql = """
        SELECT id FROM file
        WHERE uploaded_at IS NULL AND created_at < clock_timestamp() - $1::bigint * interval '1 second'
        ORDER BY created_at
        LIMIT $2::bigint
        """
    static let isIdempotent = true

    /// Seconds since they were announced.
    var age: Int64
    var limit: Int64

    var parameters: [Parameter] { [.integer(age), .integer(limit)] }

    /// Nil for a type that is no longer known.
    static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> FileID? { FileID(try row.text(0)) }
}
