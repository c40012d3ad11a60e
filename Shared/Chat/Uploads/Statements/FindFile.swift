public import ChatStore
public import Files

/// An announced file and its state; no row if it was not announced.
public struct FindFile: Statement {
    public static let sql = "SELECT size, etag, rejected_at IS NOT NULL FROM file WHERE id = $1"
    public static let isIdempotent = true

    public var file: FileID

    public init(file: FileID) { self.file = file }

    public var parameters: [Parameter] { [.text(file.rawValue)] }

    public struct Row: Sendable, Hashable {
        public enum State: Sendable, Hashable {
            case announced
            /// The ETag identifies the content that was confirmed.
            case confirmed(etag: String)
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
        let size = try row.integer(0)
        if try row.boolean(2) { return Row(size: size, state: .rejected) }
        guard let etag = try row.optionalText(1) else { return Row(size: size, state: .announced) }
        return Row(size: size, state: .confirmed(etag: etag))
    }
}
