public import ChatStore
public import Files

/// The state of an announced file; no row if it was not announced.
public struct FindFile: Statement {
    public static let sql = """
        SELECT size, etag, upload_etag, rejected_at IS NOT NULL FROM file WHERE id = $1
        """
    public static let isIdempotent = true

    public var file: FileID

    public init(file: FileID) { self.file = file }

    public var parameters: [Parameter] { [.text(file.rawValue)] }

    public struct Row: Sendable, Hashable {
        public enum State: Sendable, Hashable {
            case announced
            /// The ETag identifies the content that was confirmed. The upload's own ETag is nil for an upload in parts.
            case confirmed(etag: String, upload: String? = nil)
            case rejected
        }

        /// In bytes, as announced.
        public var size: Int64
        public var state: State

        public init(size: Int64, state: State) {
            self.size = size
            self.state = state
        }
    }

    public static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> Row {
        let (etag, upload) = (try row.optionalText(1), try row.optionalText(2))
        let isRejected = try row.boolean(3)
        return Row(
            size: try row.integer(0),
            state: isRejected ? .rejected : etag.map { .confirmed(etag: $0, upload: upload) } ?? .announced
        )
    }
}
