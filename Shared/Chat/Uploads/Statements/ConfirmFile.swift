public import ChatStore
public import Files

/// Notes that a file was uploaded as announced, and publishes that; once, however often it is run.
///
/// The row is when it was confirmed; there is none for a file that is unknown, was rejected, or was being confirmed by
/// another statement at the same time.
public struct ConfirmFile: Statement {
    public static let sql = """
        WITH confirmed AS (
            UPDATE file SET uploaded_at = clock_timestamp(), etag = $2, width = $3, height = $4
            WHERE id = $1 AND uploaded_at IS NULL AND rejected_at IS NULL
            RETURNING id, owner_id, size, uploaded_at
        ), announced AS (
            INSERT INTO outbox (subject, data, created_at)
            SELECT
                'blobby.change_feed.file.' || $5::text || '.created',
                jsonb_build_object('fileId', id, 'ownerId', owner_id, 'contentType', $6::text, 'size', size),
                uploaded_at
            FROM confirmed
        )
        SELECT (extract(epoch FROM uploaded_at) * 1000000)::bigint FROM confirmed
        UNION ALL
        SELECT (extract(epoch FROM uploaded_at) * 1000000)::bigint FROM file
        WHERE id = $1 AND uploaded_at IS NOT NULL AND etag = $2
        """
    public static let isIdempotent = true

    public var file: FileID
    public var etag: String
    /// Of an image, in pixels.
    public var width: Int?
    public var height: Int?

    public init(file: FileID, etag: String, width: Int? = nil, height: Int? = nil) {
        self.file = file
        self.etag = etag
        self.width = width
        self.height = height
    }

    public var parameters: [Parameter] {
        [
            .text(file.rawValue), .text(etag), width.map { .integer(Int64($0)) } ?? .null,
            height.map { .integer(Int64($0)) } ?? .null, .text(file.type.kind.rawValue), .text(file.type.contentType),
        ]
    }

    public static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> Timestamp {
        try row.timestamp(0)
    }
}
