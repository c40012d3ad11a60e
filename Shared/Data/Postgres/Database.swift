/// A connection within ``Database/transaction(_:)``. It must not escape the body.
public protocol Session {
    func run<S: Statement>(_ statement: S) throws(PostgresError) -> [S.Row]
}

/// Runs statements: ``PostgresClient`` in a function, a stub in its unit tests.
public protocol Database: Sendable {
    /// Runs one statement in one round trip, outside a transaction.
    func run<S: Statement>(_ statement: S) async throws(PostgresError) -> [S.Row]

    /// Runs the body between `BEGIN` and `COMMIT`.
    ///
    /// The body is synchronous, so it can wait for nothing but Postgres while it holds locks. If the body throws, the
    /// transaction is rolled back and the error is rethrown. If the transaction itself fails, it throws a
    /// ``PostgresError`` whose ``PostgresError/transactionStep`` is set.
    func transaction<Result: Sendable>(
        _ body: @Sendable (any Session) throws -> Result
    ) async throws -> Result
}
