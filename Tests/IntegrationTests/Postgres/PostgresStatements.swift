import FoundationEssentials
import Postgres

/// A statement that returns its parameter.
protocol Echo: Statement {
    var parameter: Parameter { get }
}

extension Echo {
    var parameters: [Parameter] { [parameter] }
}

struct EchoText: Echo {
    static let sql = "SELECT $1::text"
    var parameter: Parameter
    static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> String? { try row.optionalText(0) }
}

struct EchoInteger: Echo {
    static let sql = "SELECT $1::bigint"
    var parameter: Parameter
    static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> Int64? { try row.optionalInteger(0) }
}

struct EchoBoolean: Echo {
    static let sql = "SELECT $1::boolean"
    var parameter: Parameter
    static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> Bool? { try row.optionalBoolean(0) }
}

struct EchoUUID: Echo {
    static let sql = "SELECT $1::uuid"
    var parameter: Parameter
    static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> UUID? { try row.optionalUUID(0) }
}

struct EchoTextArray: Echo {
    static let sql = "SELECT $1::text[]"
    var parameter: Parameter
    static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> [String]? { try row.optionalTextArray(0) }
}

/// The process id of the server process that serves the connection.
struct BackendID: Statement {
    static let sql = "SELECT pg_backend_pid()"
    static let isIdempotent = true
    var parameters: [Parameter] { [] }
    static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> Int64 { try row.integer(0) }
}

/// Ends another connection, and waits until it is gone.
struct Terminate: Statement {
    static let sql = "SELECT pg_terminate_backend($1::bigint::integer, 10000)"
    var backend: Int64
    var parameters: [Parameter] { [.integer(backend)] }
    static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> Bool { try row.boolean(0) }
}

struct PreparedStatements: Statement {
    static let sql = "SELECT statement FROM pg_prepared_statements ORDER BY statement"
    var parameters: [Parameter] { [] }
    static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> String { try row.text(0) }
}

/// Inserts into the table `note (id bigint PRIMARY KEY, text text)`.
struct InsertNote: Statement {
    static let sql = "INSERT INTO note (id, text) VALUES ($1, $2)"
    var id: Int64
    var text = ""
    var parameters: [Parameter] { [.integer(id), .text(text)] }
    static func decode(_ row: borrowing ResultRow) {}
}

struct SelectNotes: Statement {
    static let sql = "SELECT id FROM note ORDER BY id"
    static let isIdempotent = true
    var parameters: [Parameter] { [] }
    static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> Int64 { try row.integer(0) }
}

struct CurrentSetting: Statement {
    static let sql = "SELECT current_setting($1)"
    var name: String
    var parameters: [Parameter] { [.text(name)] }
    static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> String { try row.text(0) }
}

/// The parameters that the session has set itself.
struct SettingsOfSession: Statement {
    static let sql = """
        SELECT name FROM pg_settings
        WHERE source = 'session' AND name IN ('statement_timeout', 'idle_in_transaction_session_timeout')
        """
    var parameters: [Parameter] { [] }

    static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> String { try row.text(0) }
}
