public import ChatStore
public import Files

/// What is known of a file that was announced; no row if nobody did.
public struct FindFile: Statement {
    public static let sql = """
        SELECT
            owner_id,
            size,
            (extract(epoch FROM uploaded_at) * 1000000)::bigint,
            etag,
            rejected_at IS NOT NULL
        FROM file
        WHERE id = $1
        """
    public static let isIdempotent = true

    public var file: FileID

    public init(file: FileID) { self.file = file }

    public var parameters: [Parameter] { [.text(file.rawValue)] }

    public struct Row: Sendable, Hashable {
        public enum State: Sendable, Hashable {
            case waiting
            case uploaded(at: Timestamp, etag: String)
            case rejected
        }

        public var owner: UserID
        /// In bytes, as announced.
        public var size: Int64
        public var state: State

        public init(owner: UserID, size: Int64, state: State) {
            self.owner = owner
            self.size = size
            self.state = state
        }
    }

    public static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> Row {
        var state = try row.boolean(4) ? Row.State.rejected : .waiting
        if try row.optionalInteger(2) != nil {
            state = .uploaded(at: try row.timestamp(2), etag: try row.text(3))
        }
        return Row(owner: UserID(rawValue: try row.text(0)), size: try row.integer(1), state: state)
    }
}
