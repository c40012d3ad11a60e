public import ChatStore
public import Files

/// Records that a file was uploaded as announced, and publishes the new file. Running it again changes nothing.
///
/// From then on the file counts against its owner's limits for the length of their window, instead of until its
/// reservation expires. The row contains the file's id; there is no row if the file is unknown, was rejected, or was
/// confirmed with other content.
public struct ConfirmFile: Statement {
    public static let sql = """
        WITH confirmed AS (
            UPDATE file SET uploaded_at = clock_timestamp(), size = $3, etag = $2, upload_etag = $8, width = $4,
                height = $5
            WHERE id = $1 AND uploaded_at IS NULL AND rejected_at IS NULL
            RETURNING id, owner_id, size, uploaded_at
        ), published AS (
            INSERT INTO outbox (subject, data, created_at)
            SELECT
                'blobby.change_feed.file.' || $6::text || '.created',
                jsonb_build_object('fileId', id, 'ownerId', owner_id, 'contentType', $7::text, 'size', size),
                uploaded_at
            FROM confirmed
        )
        SELECT id FROM confirmed
        UNION ALL
        SELECT id FROM file WHERE id = $1 AND uploaded_at IS NOT NULL AND etag = $2
        """
    public static let isIdempotent = true

    public var file: FileID
    public var etag: String
    /// The ETag of the object that a form uploaded; nil for an upload in parts.
    public var uploadETag: String?
    /// The size of the object, in bytes.
    public var size: Int64
    /// The width of an image as it is displayed, in pixels.
    public var width: Int?
    public var height: Int?

    public init(
        file: FileID,
        etag: String,
        uploadETag: String? = nil,
        size: Int64,
        width: Int? = nil,
        height: Int? = nil
    ) {
        self.file = file
        self.etag = etag
        self.uploadETag = uploadETag
        self.size = size
        self.width = width
        self.height = height
    }

    public var parameters: [Parameter] {
        [
            .text(file.rawValue), .text(etag), .integer(size), width.map { .integer(Int64($0)) } ?? .null,
            height.map { .integer(Int64($0)) } ?? .null, .text(file.type.kind.rawValue), .text(file.type.contentType),
            uploadETag.map { .text($0) } ?? .null,
        ]
    }

    public static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> String { try row.text(0) }
}
