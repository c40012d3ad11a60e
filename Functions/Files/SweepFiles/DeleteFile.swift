import ChatStore
import Files

/// Forgets a file, unless it was confirmed meanwhile.
struct DeleteFile: Statement {
    static let sql = "DELETE FROM file WHERE id = $1 AND uploaded_at IS NULL RETURNING id"
    static let isIdempotent = true

    var file: FileID

    var parameters: [Parameter] { [.text(file.rawValue)] }

    static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> String { try row.text(0) }
}
