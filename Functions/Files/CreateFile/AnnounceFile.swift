import ChatStore
import Files

/// Announces a file and reserves its size, if its owner's limits leave room for it.
///
/// The function `counted_files` locks the owner until the commit, so concurrent announcements of one owner cannot pass
/// the limits together. One that waits for longer than a second throws a ``PostgresError`` with
/// ``PostgresError/isLockTimeout``.
///
/// The file itself is not counted: a statement that runs again after a lost connection finds its own row.
struct AnnounceFile: Statement {
    static let sql = """
        WITH counted AS (
            SELECT size, counts_until FROM counted_files($2, $6::bigint) WHERE id <> $1
        ), remaining AS (
            -- The totals that count now ('-infinity') and from each time at which a file stops counting.
            SELECT
                counts_until AS since,
                count(*) OVER later AS file_count,
                coalesce(sum(size) OVER later, 0) AS byte_count
            FROM (SELECT size, counts_until FROM counted UNION ALL SELECT 0, '-infinity') AS file
            WINDOW later AS (ORDER BY counts_until DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
        ), room AS (
            SELECT min(since) AS since FROM remaining
            WHERE file_count < $7::bigint AND byte_count + $4::bigint <= $8::bigint
        ), announced AS (
            INSERT INTO file (id, owner_id, file_name, size, created_at, reserved_until)
            SELECT $1, $2, $3, $4::bigint, clock_timestamp(), clock_timestamp() + $5::bigint * interval '1 second'
            FROM room
            WHERE since = '-infinity'
            ON CONFLICT (id) DO NOTHING
        )
        SELECT
            CASE
                WHEN since > '-infinity' THEN greatest(ceil(extract(epoch FROM since - clock_timestamp())), 1)::bigint
            END
        FROM room
        """
    static let isIdempotent = true

    var id: FileID
    var owner: UserID
    var fileName: String
    /// In bytes; at most what the limits allow for all files together.
    var size: Int64
    /// How long the file counts without being confirmed, in seconds.
    var reservation: Int
    var limits: UploadLimits

    var parameters: [Parameter] {
        [
            .text(id.rawValue), .text(owner.rawValue), .text(fileName), .integer(size), .integer(Int64(reservation)),
            .integer(Int64(limits.window)), .integer(Int64(limits.count)), .integer(limits.bytes),
        ]
    }

    enum Row: Sendable, Hashable {
        case announced
        /// Nothing was stored. There will be room for this file after this number of seconds.
        case limitReached(retryAfter: Int)
    }

    static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> Row {
        guard let seconds = try row.optionalInteger(0) else { return .announced }
        return .limitReached(retryAfter: Int(seconds))
    }
}
