public import ChatStore
public import Files

/// Records that the uploaded object is not the announced file. This is final: messages no longer show the file.
///
/// The row contains the file's id; there is no row if the file is unknown or was rejected before. The file counts
/// against its owner's limits until its reservation expires, because its upload form can be used until then, and, if it
/// was confirmed before, as long as if it still were.
public struct RejectFile: Statement {
    public static let sql = """
        UPDATE file
        SET charged_at = uploaded_at, uploaded_at = NULL, etag = NULL, width = NULL, height = NULL,
            rejected_at = clock_timestamp(), rejection = $2
        WHERE id = $1 AND rejected_at IS NULL
        RETURNING id
        """
    public static let isIdempotent = true

    public var file: FileID
    /// For operators, not for clients.
    public var reason: String

    public init(file: FileID, reason: String) {
        self.file = file
        self.reason = reason
    }

    public var parameters: [Parameter] { [.text(file.rawValue), .text(reason)] }

    public static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> String { try row.text(0) }
}
