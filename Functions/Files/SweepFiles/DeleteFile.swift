import ChatStore
import Files

/// Deletes an announced or rejected file. The row is its id; there is no row if it was confirmed meanwhile.
struct DeleteFile: Statement {
    static let sql = "DELETE FROM file WHERE id = $1 AND uploaded_at IS NULL RETURNING id"
    static let isIdempotent = true

    var file: FileID

    var parameters: [Parameter] { [.text(file.rawValue)] }

    static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> String { try row.text(0) }
}
