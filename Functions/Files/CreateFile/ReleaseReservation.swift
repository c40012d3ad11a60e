import ChatStore
import Files

/// Frees the reservation of a file whose announcement failed. SweepFiles deletes the row later.
struct ReleaseReservation: Statement {
    static let sql = """
        UPDATE file SET reserved_until = clock_timestamp()
        WHERE id = $1 AND uploaded_at IS NULL AND reserved_until > clock_timestamp()
        """
    static let isIdempotent = true

    var file: FileID

    var parameters: [Parameter] { [.text(file.rawValue)] }

    static func decode(_ row: borrowing ResultRow) throws(PostgresError) {}
}
