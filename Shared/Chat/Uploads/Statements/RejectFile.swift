public import ChatStore
public import Files

/// Records that the uploaded object is not the announced file. This is final: messages no longer show the file.
///
/// The row contains the file's id; there is no row if the file is unknown or was rejected before. The file counts
/// against its owner's limits until its reservation expires, because its upload form can be used until then. If it was
/// confirmed before, or is charged, it counts as long as a confirmed file.
public struct RejectFile: Statement {
    public static let sql = """
        UPDATE file
        SET charged_at = coalesce(uploaded_at, CASE WHEN $3::boolean THEN clock_timestamp() END), uploaded_at = NULL,
            etag = NULL, width = NULL, height = NULL,
            upload_etag = NULL, rejected_at = clock_timestamp(), rejection = $2
        WHERE id = $1 AND rejected_at IS NULL
        RETURNING id
        """
    public static let isIdempotent = true

    public var file: FileID
    /// For operators, not for clients.
    public var reason: String
    /// Whether checking the file cost so much that its owner pays for it as for a confirmed file.
    public var isCharged: Bool

    public init(file: FileID, reason: String, isCharged: Bool = false) {
        self.file = file
        self.reason = reason
        self.isCharged = isCharged
    }

    public var parameters: [Parameter] { [.text(file.rawValue), .text(reason), .boolean(isCharged)] }

    public static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> String { try row.text(0) }
}
