import ChatStore
import Files

/// Deletes an announced or rejected file. Returns the file's id, or no row if the file has been confirmed in the
/// meantime.
struct DeleteFile: Statement {
    static let sql = "DELETE FROM file WHERE id = $1 AND uploaded_at IS NULL RETURNING id"
    static let isIdempotent = true

    var file: FileID

    var parameters: [Parameter] { [.text(file.rawValue)] }

    static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> String { try row.text(0) }
}
