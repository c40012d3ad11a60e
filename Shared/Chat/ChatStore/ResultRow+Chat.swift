public import ChatCore
import FoundationEssentials
public import Postgres

extension ResultRow {
    /// Microseconds since 1970.
    public borrowing func timestamp(_ column: Int) throws(PostgresError) -> Timestamp {
        Timestamp(microseconds: try integer(column))
    }

    /// A JSON array of user ids.
    public borrowing func userIDs(_ column: Int) throws(PostgresError) -> [UserID] {
        let text = try text(column)
        do {
            return try JSONDecoder().decode([UserID].self, from: Data(text.utf8))
        } catch {
            throw PostgresError(.decoding, message: "column \(column) is not an array of user ids")
        }
    }
}
