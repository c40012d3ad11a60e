import ChatStore
import Files

/// Announces a file. There is no row to read.
struct InsertFile: Statement {
    static let sql = """
        INSERT INTO file (id, owner_id, file_name, size, created_at)
        VALUES ($1, $2, $3, $4, clock_timestamp())
        ON CONFLICT (id) DO NOTHING
        """
    static let isIdempotent = true

    var id: FileID
    var owner: UserID
    var fileName: String
    /// In bytes.
    var size: Int64

    var parameters: [Parameter] {
        [.text(id.rawValue), .text(owner.rawValue), .text(fileName), .integer(size)]
    }

    static func decode(_ row: borrowing ResultRow) throws(PostgresError) {}
}
