public import ChatStore
public import Files
public import FoundationEssentials

/// Begins to check the upload of an announced file, and counts it.
///
/// There is no row if the file is not announced, or if another check of it has begun within the time of a check.
public struct BeginCheck: Statement {
    public static let sql = """
        UPDATE file
        SET check_count = check_count + 1, checked_until = clock_timestamp() + $2::bigint * interval '1 second'
        WHERE id = $1 AND uploaded_at IS NULL AND rejected_at IS NULL
            AND (checked_until IS NULL OR checked_until < clock_timestamp())
        RETURNING size, (extract(epoch FROM reserved_until) * 1000)::bigint, check_count
        """
    public static let isIdempotent = false

    public var file: FileID
    /// The longest time that a check can take, in seconds.
    public var duration: Int

    public init(file: FileID, duration: Int) {
        self.file = file
        self.duration = duration
    }

    public var parameters: [Parameter] { [.text(file.rawValue), .integer(Int64(duration))] }

    public struct Row: Sendable, Hashable {
        /// In bytes, as announced.
        public var size: Int64
        /// An upload that ends later is not accepted: the file no longer counted against its owner's limits.
        public var reservedUntil: Date
        /// Counts the checks that did not end, this one included.
        public var number: Int

        public init(size: Int64, reservedUntil: Date = .distantFuture, number: Int = 1) {
            self.size = size
            self.reservedUntil = reservedUntil
            self.number = number
        }
    }

    public static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> Row {
        Row(
            size: try row.integer(0),
            reservedUntil: Date(timeIntervalSince1970: Double(try row.integer(1)) / 1000),
            number: Int(try row.integer(2))
        )
    }
}

/// Gives up a check because of a failure that is not the file's, such as a service that does not answer.
public struct GiveUpCheck: Statement {
    public static let sql = """
        UPDATE file SET check_count = greatest(check_count - 1, 0), checked_until = NULL
        WHERE id = $1 AND uploaded_at IS NULL AND rejected_at IS NULL
        """
    public static let isIdempotent = false

    public var file: FileID

    public init(file: FileID) { self.file = file }

    public var parameters: [Parameter] { [.text(file.rawValue)] }

    public static func decode(_ row: borrowing ResultRow) throws(PostgresError) {}
}
