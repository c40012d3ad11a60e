public import ChatStore
public import Files
public import FoundationEssentials

/// An announced file and its state; no row if it was not announced.
public struct FindFile: Statement {
    public static let sql = """
        SELECT size, etag, rejected_at IS NOT NULL, (extract(epoch FROM reserved_until) * 1000)::bigint
        FROM file WHERE id = $1
        """
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
        /// An upload that ends later is not accepted: the file no longer counted against its owner's limits.
        public var reservedUntil: Date

        public init(size: Int64, state: State, reservedUntil: Date = .distantFuture) {
            self.size = size
            self.state = state
            self.reservedUntil = reservedUntil
        }
    }

    public static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> Row {
        let isRejected = try row.boolean(2)
        let etag = try row.optionalText(1)
        return Row(
            size: try row.integer(0),
            state: isRejected ? .rejected : etag.map { .confirmed(etag: $0) } ?? .announced,
            reservedUntil: Date(timeIntervalSince1970: Double(try row.integer(3)) / 1000)
        )
    }
}
