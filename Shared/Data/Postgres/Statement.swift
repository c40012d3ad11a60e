public import FoundationEssentials

/// The value of a `$n` placeholder, sent separately from the SQL.
public enum Parameter: Sendable, Equatable {
    case null
    case text(String)
    case integer(Int64)
    case boolean(Bool)
    case uuid(UUID)
    /// For `$n::text[]`.
    case textArray([String])
}

/// One SQL statement as a value: its SQL, its parameters, and how to decode a row of its result.
public protocol Statement: Sendable {
    associatedtype Row: Sendable
    /// One statement with the placeholders `$1`, `$2`, … It is prepared once per connection.
    static var sql: String { get }
    /// Whether the statement can safely be executed twice with the same parameters. The default is false.
    ///
    /// If the connection breaks after a statement was sent, it is unknown whether it was executed. An idempotent
    /// statement is then run again; any other throws ``PostgresError/Code/connectionLost``.
    static var isIdempotent: Bool { get }
    var parameters: [Parameter] { get }
    static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> Row
}

extension Statement {
    public static var isIdempotent: Bool { false }
}
