import FoundationEssentials
import Synchronization
import Testing

@testable import Postgres

/// Opening, reusing, losing and replacing connections.
@Suite(.database)
struct PostgresConnectionTests {
    let database = PostgresTestDatabase.current

    @Test func statementsArePreparedOnceForEachConnection() async throws {
        let client = database.client()
        for text in ["a", "b", "c"] { _ = try await client.run(EchoText(parameter: .text(text))) }
        #expect(try await client.run(PreparedStatements()) == [EchoText.sql, PreparedStatements.sql])

        await client.close()
        #expect(try await client.run(PreparedStatements()) == [PreparedStatements.sql])
    }

    @Test func failedStatementStaysPrepared() async throws {
        let client = database.client()
        try await client.runScript("CREATE TABLE note (id bigint PRIMARY KEY, text text)")
        _ = try await database.client().run(InsertNote(id: 1))

        let error = await #expect(throws: PostgresError.self) { try await client.run(InsertNote(id: 1)) }
        #expect(error?.isUniqueViolation == true)
        #expect(error?.constraint == "note_pkey")
        // A transaction has no second attempt, so this fails unless the statement is known to be prepared.
        try await client.transaction { session in _ = try session.run(InsertNote(id: 2)) }
        #expect(try await client.run(SelectNotes()) == [1, 2])
    }

    struct SelectStar: Statement {
        static let sql = "SELECT * FROM note"
        var parameters: [Parameter] { [] }
        static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> Int { row.columnCount }
    }

    @Test func statementIsPreparedAgainAfterItsTableChanges() async throws {
        let client = database.client()
        try await client.runScript(
            "CREATE TABLE note (id bigint PRIMARY KEY, text text); INSERT INTO note VALUES (1, '')"
        )
        #expect(try await client.run(SelectStar()) == [2])
        try await client.runScript("ALTER TABLE note ADD COLUMN extra text")
        #expect(try await client.run(SelectStar()) == [3])
        try await client.runScript("DEALLOCATE ALL")
        #expect(try await client.run(SelectStar()) == [3])
    }

    @Test func statementPreparedByAnotherSessionIsUsed() async throws {
        let client = database.client()
        _ = try await client.run(EchoText(parameter: .text("a")))
        let names = try await client.run(PreparedStatementNames())
        await client.close()
        // As behind a connection pooler, which may provide a session that already has the statement.
        try await client.runScript("PREPARE \(try #require(names.first)) AS \(EchoText.sql)")
        #expect(try await client.run(EchoText(parameter: .text("b"))) == ["b"])
    }

    struct PreparedStatementNames: Statement {
        static let sql = "SELECT name FROM pg_prepared_statements WHERE statement = 'SELECT $1::text'"
        var parameters: [Parameter] { [] }
        static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> String { try row.text(0) }
    }

    @Test func deadIdleConnectionIsReplaced() async throws {
        let client = database.client()
        let killer = database.client()
        try await client.runScript("CREATE TABLE note (id bigint PRIMARY KEY, text text)")
        for id in 1...3 as ClosedRange<Int64> {
            let backend = try await client.run(BackendID())[0]
            #expect(try await killer.run(Terminate(backend: backend)) == [true])
            // Not idempotent, so it is sent only once.
            _ = try await client.run(InsertNote(id: id))
            #expect(try await client.run(BackendID()) != [backend])
        }
        let backend = try await client.run(BackendID())[0]
        _ = try await killer.run(Terminate(backend: backend))
        try await client.transaction { session in _ = try session.run(InsertNote(id: 4)) }
        #expect(try await client.run(SelectNotes()) == [1, 2, 3, 4])
    }

    /// Terminates its own connection when it is first executed.
    struct KillSelfOnce: Statement {
        static let sql = """
            SELECT CASE WHEN nextval('attempt') = 1 THEN pg_terminate_backend(pg_backend_pid()) ELSE false END
            """
        static let isIdempotent = true
        var parameters: [Parameter] { [] }
        static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> Bool { try row.boolean(0) }
    }

    struct KillSelf: Statement {
        static let sql = "SELECT pg_terminate_backend(pg_backend_pid())"
        var parameters: [Parameter] { [] }
        static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> Bool { try row.boolean(0) }
    }

    @Test func idempotentStatementIsRetriedIfTheConnectionBreaks() async throws {
        let client = database.client()
        try await client.runScript("CREATE SEQUENCE attempt")
        #expect(try await client.run(KillSelfOnce()) == [false])
    }

    @Test func otherStatementsAreNotRetried() async throws {
        let client = database.client()
        let error = await #expect(throws: PostgresError.self) { try await client.run(KillSelf()) }
        #expect(error?.code == .connectionLost)
        #expect(error?.sqlState == "57P01")
        #expect(try await client.run(EchoText(parameter: .text("again"))) == ["again"])
    }

    struct Sleep: Statement {
        static let sql = "SELECT pg_sleep(30)"
        var parameters: [Parameter] { [] }
        static func decode(_ row: borrowing ResultRow) {}
    }

    @Test func slowStatementIsCancelledAndTheConnectionKept() async throws {
        let client = database.client { $0.statementTimeout = .seconds(1) }
        let backend = try await client.run(BackendID())
        let error = await #expect(throws: PostgresError.self) { try await client.run(Sleep()) }
        #expect(error?.code == .timedOut)
        #expect(try await client.run(BackendID()) == backend)
    }

    @Test func slowStatementRollsBackItsTransaction() async throws {
        let client = database.client { $0.statementTimeout = .seconds(1) }
        try await client.runScript("CREATE TABLE note (id bigint PRIMARY KEY, text text)")
        let error = await #expect(throws: PostgresError.self) {
            try await client.transaction { session in
                _ = try session.run(InsertNote(id: 1))
                _ = try session.run(Sleep())
            }
        }
        #expect(error?.code == .timedOut)
        #expect(try await client.run(SelectNotes()) == [])
    }

    @Test func serverLimitsStatementsAndIdleTransactions() async throws {
        let client = database.client()
        _ = try await client.run(CurrentSetting(name: "statement_timeout"))
        #expect(try await client.run(CurrentSetting(name: "statement_timeout")) == ["11s"])
        #expect(try await client.run(CurrentSetting(name: "idle_in_transaction_session_timeout")) == ["11s"])
    }

    /// Setting a parameter makes RDS Proxy pin the connection for as long as the client keeps it.
    @Test(arguments: ["DATABASE", "ROLE"])
    func setsNothingIfTheServerHasLimits(target: String) async throws {
        let role = "limited_\(UUID().uuidString.lowercased())"
        let owner = database.client()
        try await owner.runScript("CREATE ROLE \"\(role)\" LOGIN")
        let name = target == "ROLE" ? role : database.name
        for setting in ["statement_timeout", "idle_in_transaction_session_timeout"] {
            try await owner.runScript("ALTER \(target) \"\(name)\" SET \(setting) = '9s'")
        }
        let client = database.client { $0.parameters["user"] = role }
        for _ in 0..<3 { #expect(try await client.run(SettingsOfSession()) == []) }
        #expect(try await client.transaction { try $0.run(SettingsOfSession()) } == [])
        #expect(try await client.run(CurrentSetting(name: "statement_timeout")) == ["9s"])
        await client.close()
        try await owner.runScript("DROP OWNED BY \"\(role)\"; DROP ROLE \"\(role)\"")
    }

    /// Before the transaction, whose rollback would undo the settings.
    @Test func limitsTheFirstTransactionOfAConnection() async throws {
        let client = database.client()
        let limits = try await client.transaction { session in
            try ["statement_timeout", "idle_in_transaction_session_timeout"].flatMap {
                try session.run(CurrentSetting(name: $0))
            }
        }
        #expect(limits == ["11s", "11s"])
    }

    @Test func limitsOfTheDatabaseAreKept() async throws {
        try await database.client().runScript("ALTER DATABASE \"\(database.name)\" SET statement_timeout = '5s'")
        #expect(try await database.client().run(CurrentSetting(name: "statement_timeout")) == ["5s"])
    }

    /// The listener never accepts: the kernel completes the connection, but nothing answers.
    @Test func unresponsiveServerTimesOut() async throws {
        let listener = try TestListener()
        var configuration = PostgresClient.Configuration(uri: "postgresql://127.0.0.1:\(listener.port)/x")
        configuration.connectTimeout = .milliseconds(50)
        let client = PostgresClient(configuration)
        let error = await #expect(throws: PostgresError.self) { try await client.run(BackendID()) }
        #expect(error?.code == .timedOut)
    }

    @Test func connectingIsRetriedWhileTheServerStarts() async throws {
        struct Sockets: Statement {
            static let sql =
                "SELECT split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port')"
            var parameters: [Parameter] { [] }
            static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> (String, String) {
                (try row.text(0), try row.text(1))
            }
        }
        let (directory, port) = try await database.client().run(Sockets())[0]
        let other = "/tmp/martlet-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: other) }
        let attempts = Mutex(0)
        let client = database.client { configuration in
            configuration.parameters["host"] = other
            configuration.parameters["port"] = port
            configuration.pause = { _ in
                // The server appears before the third attempt.
                guard
                    attempts.withLock({
                        $0 += 1; return $0
                    }) == 2
                else { return }
                #expect(throws: Never.self) {
                    try FileManager.default.createSymbolicLink(
                        atPath: "\(other)/.s.PGSQL.\(port)",
                        withDestinationPath: "\(directory)/.s.PGSQL.\(port)"
                    )
                }
            }
        }
        #expect(try await client.run(EchoText(parameter: .text("there"))) == ["there"])
        #expect(attempts.withLock { $0 } == 2)
    }

    @Test func missingDatabaseIsReportedAtOnce() async throws {
        let client = database.client { configuration in
            configuration.parameters["dbname"] = "no_such_database"
            configuration.pause = { _ in Issue.record("A missing database must not be retried.") }
        }
        let error = await #expect(throws: PostgresError.self) { try await client.run(BackendID()) }
        #expect(error?.code == .connectionFailed)
        #expect(error?.sqlState == "3D000")
    }

    @Test(arguments: ["postgresql://user:sec%zzret@host/db", "postgresql://host/db?secret", "password='secret"])
    func errorForAMalformedURIDoesNotQuoteThePassword(uri: String) async throws {
        let error = await #expect(throws: PostgresError.self) { try await PostgresClient(uri: uri).run(BackendID()) }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.description.contains("sec") == false)
    }

    @Test func errorsDoNotQuoteParameters() async throws {
        struct Cast: Statement {
            static let sql = "SELECT $1::text::uuid"
            var parameters: [Parameter] { [.text("my private words")] }
            static func decode(_ row: borrowing ResultRow) {}
        }
        let client = database.client()
        try await client.runScript("CREATE TABLE note (id bigint PRIMARY KEY, text text UNIQUE)")
        _ = try await client.run(InsertNote(id: 1, text: "private"))

        for statement in [Cast(), InsertNote(id: 2, text: "private")] as [any Statement] {
            let error = await #expect(throws: PostgresError.self) { try await runIgnoringRows(statement, client) }
            #expect(error?.sqlState == "22P02" || error?.isUniqueViolation == true)
            #expect(error?.serverMessage?.isEmpty == false)
            #expect(error.map { "\($0)\(String(reflecting: $0))".contains("private") } == false)
        }
    }

    private func runIgnoringRows<S: Statement>(_ statement: S, _ client: PostgresClient) async throws {
        _ = try await client.run(statement)
    }
}
