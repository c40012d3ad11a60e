import ChatStore
import Files

/// Files that were announced long ago and are not confirmed: first those of which no check failed to end, and of these
/// the oldest.
///
/// A rejected file that was confirmed before is kept for the same time from its confirmation, because it counts against
/// its owner's limits.
struct SelectUnconfirmedFiles: Statement {
    static let sql = """
        SELECT id FROM file
        WHERE uploaded_at IS NULL
            AND created_at < clock_timestamp() - $1::bigint * interval '1 second'
            AND (charged_at IS NULL OR charged_at < clock_timestamp() - $1::bigint * interval '1 second')
        ORDER BY check_count, created_at
        LIMIT $2::bigint
        """
    static let isIdempotent = true

    /// The minimum time since the announcement, in seconds.
    var age: Int64
    var limit: Int64

    var parameters: [Parameter] { [.integer(age), .integer(limit)] }

    /// Nil for a file of a type that is no longer supported.
    static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> FileID? { FileID(try row.text(0)) }
}
