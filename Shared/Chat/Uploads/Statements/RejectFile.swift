public import ChatStore
public import Files

/// Notes for good that what was uploaded is not what was announced; whoever attached the file shows it no longer.
public struct RejectFile: Statement {
    public static let sql = """
        UPDATE file
        SET uploaded_at = NULL, etag = NULL, width = NULL, height = NULL, rejected_at = clock_timestamp(), rejection = $2
        WHERE id = $1 AND rejected_at IS NULL
        RETURNING id
        """
    public static let isIdempotent = true

    public var file: FileID
    /// For those who operate this.
    public var reason: String

    public init(file: FileID, reason: String) {
        self.file = file
        self.reason = reason
    }

    public var parameters: [Parameter] { [.text(file.rawValue), .text(reason)] }

    public static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> String { try row.text(0) }
}
