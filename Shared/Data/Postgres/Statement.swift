public import FoundationEssentials

/// A value sent to the server in place of a `$n` placeholder; never part of the SQL text.
public enum Parameter: Sendable, Equatable {
    case null
    case text(String)
    case integer(Int64)
    case boolean(Bool)
    case uuid(UUID)
    /// For `$n::text[]`.
    case textArray([String])
}

/// One SQL statement as a value: its text, its parameters and how to read a row of its result.
public protocol Statement: Sendable {
    associatedtype Row: Sendable
    /// One statement with `$1`, `$2`, … It is prepared once for each connection.
    static var sql: String { get }
    /// Whether executing it a second time with the same parameters does no harm.
    ///
    /// If the connection breaks after a statement was sent, nobody knows whether it was executed. One that is
    /// idempotent is then run again; any other throws ``PostgresError/Code/connectionLost``. False unless the
    /// statement says otherwise.
    static var isIdempotent: Bool { get }
    var parameters: [Parameter] { get }
    static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> Row
}

extension Statement {
    public static var isIdempotent: Bool { false }
}

/// A connection lent to the body of ``Database/transaction(_:)``; it cannot leave that body.
public protocol Session {
    func run<S: Statement>(_ statement: S) throws(PostgresError) -> [S.Row]
}

/// Where statements are run: Postgres in a function, a stub in its tests.
public protocol Database: Sendable {
    /// Runs one statement by itself, in one round trip.
    func run<S: Statement>(_ statement: S) async throws(PostgresError) -> [S.Row]

    /// Runs the body between `BEGIN` and `COMMIT`. The body is synchronous, so nobody waits for anything but
    /// Postgres while holding a lock. It is rolled back if the body throws, and what the body threw is thrown.
    /// If the transaction itself fails, a ``PostgresError`` says at which step.
    func transaction<Result: Sendable>(
        _ body: @Sendable (any Session) throws -> Result
    ) async throws -> Result
}
