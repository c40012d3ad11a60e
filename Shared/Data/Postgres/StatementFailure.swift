/// Why a statement did not complete.
enum StatementFailure: Error {
    case server(ServerReport)
    /// The connection broke, or the deadline passed.
    case local(PostgresError)

    var error: PostgresError {
        switch self {
        case .server(let report): report.error
        case .local(let error): error
        }
    }
}
