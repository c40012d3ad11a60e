/// An error message of the server.
struct ServerReport {
    var severity: String
    var sqlState: String
    var primary: String
    var constraint: String?
    /// The C function in the server that raised the error.
    var routine: String?

    /// SQLSTATE classes whose messages may name parts of the SQL or of the server, but never values. In contrast, class
    /// 22 quotes values: `invalid input syntax for type uuid: "…"`.
    private static let classesWithoutValues: Set = [
        "08", "0A", "25", "26", "28", "3D", "3F", "40", "42", "53", "54", "55", "57", "58",
    ]

    /// Whether the server closes the connection after this error.
    var isFatal: Bool { severity == "FATAL" || severity == "PANIC" }

    var error: PostgresError {
        let code: PostgresError.Code =
            switch sqlState {
            case _ where isFatal: .connectionLost
            case "57014": .timedOut
            default: .server
            }
        let containsNoValues = Self.classesWithoutValues.contains(String(sqlState.prefix(2)))
        var error = PostgresError(
            code,
            sqlState: sqlState,
            message: containsNoValues ? primary : "The server rejected the statement."
        )
        error.serverMessage = primary
        error.constraint = constraint
        return error
    }

    /// Whether the prepared statement is unusable: its tables have changed, or a connection pooler has switched
    /// sessions. The statement was not executed.
    ///
    /// Changed tables have no specific SQLSTATE and the message may be translated, so the routine identifies them.
    var preparedStatementIsStale: Bool {
        sqlState == "26000" || (sqlState == "0A000" && routine == "RevalidateCachedQuery")
    }

    /// Whether a statement of this name already exists. Names are derived from the SQL, so it is the same statement.
    var preparedStatementExists: Bool { sqlState == "42P05" }
}
