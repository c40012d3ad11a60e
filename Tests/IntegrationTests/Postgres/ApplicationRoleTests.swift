import FoundationEssentials
import Testing

@testable import Postgres

// Serialized, because closing databases concerns the whole server.
@Suite(.database, .serialized)
struct ApplicationRoleTests {
    private let database = PostgresTestDatabase.current

    /// Runs the body with a role and an owner's client, then removes the role, which belongs to the server.
    private func withRole(
        _ body: (ApplicationRole, PostgresClient) async throws -> Void
    ) async throws {
        let owner = database.client()
        let name = "role of \"tests\" \(UUID().uuidString)"
        var role = try ApplicationRole(uri: "postgresql://placeholder:p%40ss%27word@host/db")
        role.name = name
        try await owner.runScript(
            """
            CREATE TABLE schema_migration (version bigint);
            CREATE TABLE note (id bigint GENERATED ALWAYS AS IDENTITY, text text);
            CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'
            """
        )
        let result: Result<Void, any Error>
        do { result = .success(try await body(role, owner)) } catch { result = .failure(error) }
        let quoted = "\"\(name.replacing("\"", with: "\"\""))\""
        try await owner.runScript(
            """
            DO $$ BEGIN
            IF EXISTS (SELECT FROM pg_roles WHERE rolname = '\(name)') THEN
            DROP OWNED BY \(quoted); DROP ROLE \(quoted);
            END IF; END $$
            """
        )
        try result.get()
    }

    private func client(_ role: ApplicationRole, of databaseName: String? = nil) -> PostgresClient {
        database.client {
            $0.parameters["user"] = role.name
            $0.parameters["password"] = role.password
            if let databaseName { $0.parameters["dbname"] = databaseName }
        }
    }

    @Test(arguments: [false, true])
    func readsAndWritesRowsOnly(isPreparedTwice: Bool) async throws {
        try await withRole { role, owner in
            for _ in 0..<(isPreparedTwice ? 2 : 1) {
                _ = try await role.prepare(with: owner, closesOtherDatabases: false)
            }
            // The owner creates it later, in a migration.
            try await owner.runScript("CREATE TABLE later (id bigserial PRIMARY KEY)")
            let functions = client(role)
            for allowed in [
                "INSERT INTO note (text) VALUES ('a')", "UPDATE note SET text = 'b'", "SELECT text FROM note",
                "DELETE FROM note", "INSERT INTO later DEFAULT VALUES", "SELECT one()",
                "BEGIN; SELECT * FROM note FOR UPDATE; COMMIT", "SELECT pg_advisory_xact_lock(1, 2)",
            ] {
                try await functions.runScript(allowed)
            }
            for refused in Self.refused {
                let error = await #expect(throws: PostgresError.self, "\(refused)") {
                    try await functions.runScript(refused)
                }
                #expect(error?.sqlState == "42501", "\(refused): \(error?.description ?? "")")
            }
        }
    }

    private static let refused = [
        "CREATE TABLE mine (id int)", "CREATE TEMPORARY TABLE mine (id int)", "CREATE SCHEMA mine",
        "CREATE FUNCTION two() RETURNS int LANGUAGE sql AS 'SELECT 2'", "CREATE VIEW mine AS SELECT * FROM note",
        "CREATE OR REPLACE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 2'", "DROP FUNCTION one()",
        "CREATE DATABASE mine", "CREATE ROLE mine",
        "CREATE INDEX ON note (text)", "CREATE TRIGGER t BEFORE INSERT ON note EXECUTE FUNCTION one()",
        "ALTER TABLE note ADD COLUMN more int", "ALTER TABLE note OWNER TO current_user",
        "ALTER TABLE note DISABLE TRIGGER ALL",
        "DROP TABLE note", "TRUNCATE note",
        "SELECT * FROM schema_migration", "INSERT INTO schema_migration VALUES (99)", "DELETE FROM schema_migration",
        become("SET ROLE"), become("SET SESSION AUTHORIZATION"),
        "SELECT rolpassword FROM pg_authid", "SELECT pg_read_file('/etc/passwd')", "COPY note TO '/tmp/note'",
        "COPY note FROM PROGRAM 'id'", "ALTER SYSTEM SET log_statement = 'all'", "SELECT pg_reload_conf()",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename <> current_user",
    ]

    private static func become(_ command: String) -> String {
        """
        DO $$ BEGIN
        EXECUTE format('\(command) %I', (SELECT tableowner FROM pg_tables WHERE tablename = 'note'));
        END $$
        """
    }

    @Test func cannotConnectToOtherDatabases() async throws {
        try await withRole { role, owner in
            let other = "other_\(UUID().uuidString.lowercased())"
            try await owner.runScript("CREATE DATABASE \"\(other)\" TEMPLATE template0")
            let open = try await role.prepare(with: owner, closesOtherDatabases: false)
            #expect(open.contains(other))
            #expect(!open.contains(database.name))

            _ = try await role.prepare(with: owner, closesOtherDatabases: true)
            for name in [other, "postgres", "template1"] {
                let error = await #expect(throws: PostgresError.self) {
                    try await client(role, of: name).run(CurrentUser())
                }
                #expect(error?.sqlState == "42501", "\(name): \(error?.description ?? "")")
            }
            #expect(try await client(role).run(CurrentUser()) == [role.name])
            try await owner.runScript("DROP DATABASE \"\(other)\"")
        }
    }

    /// Other users of the server, such as RDS Proxy's own, keep what they could do.
    @Test func keepsTheRightsOfUsersThatExist() async throws {
        try await withRole { role, owner in
            let (bystander, other) = ("bystander_\(role.name.suffix(36))", "other_\(role.name.suffix(36))")
            try await owner.runScript("CREATE ROLE \"\(bystander)\" LOGIN")
            try await owner.runScript("CREATE DATABASE \"\(other)\" TEMPLATE template0")
            #expect(!(try await role.prepare(with: owner, closesOtherDatabases: true)).contains(other))
            let client = database.client {
                $0.parameters["user"] = bystander
                $0.parameters["dbname"] = other
            }
            #expect(try await client.run(CurrentUser()) == [bystander])
            await client.close()
            try await owner.runScript("DROP DATABASE \"\(other)\" WITH (FORCE)")
            try await owner.runScript("DROP OWNED BY \"\(bystander)\"; DROP ROLE \"\(bystander)\"")
        }
    }

    @Test func storesAVerifierInsteadOfThePassword() async throws {
        try await withRole { role, owner in
            _ = try await role.prepare(with: owner, closesOtherDatabases: false)
            let stored = try await owner.run(StoredPassword(role: role.name))
            #expect(stored.first?.hasPrefix("SCRAM-SHA-256$4096:") == true)

            var changed = role
            changed.password = "another"
            _ = try await changed.prepare(with: owner, closesOtherDatabases: false)
            #expect(try await owner.run(StoredPassword(role: role.name)) != stored)
        }
    }

    @Test func serverLimitsTheRole() async throws {
        try await withRole { role, owner in
            _ = try await role.prepare(with: owner, closesOtherDatabases: false)
            let functions = client(role)
            #expect(try await functions.run(CurrentSetting(name: "statement_timeout")) == ["11s"])
            #expect(try await functions.run(CurrentSetting(name: "idle_in_transaction_session_timeout")) == ["11s"])
        }
    }

    @Test(arguments: [
        "ALTER ROLE %1$I SUPERUSER", "ALTER ROLE %1$I CREATEDB", "ALTER ROLE %1$I CREATEROLE",
        "ALTER ROLE %1$I REPLICATION", "ALTER ROLE %1$I BYPASSRLS", "GRANT CREATE ON SCHEMA public TO %1$I",
        "GRANT CREATE ON DATABASE %2$I TO %1$I", "ALTER TABLE note OWNER TO %1$I", "GRANT %3$I TO %1$I",
    ])
    func refusesAUserWhoMayChangeTheSchema(grant: String) async throws {
        try await withRole { role, owner in
            _ = try await role.prepare(with: owner, closesOtherDatabases: false)
            let name = role.name
            try await owner.runScript(
                "DO $$ BEGIN EXECUTE format('\(grant)', '\(name)', current_database(), current_user); END $$"
            )
            let error = await #expect(throws: MigrationError.self) {
                _ = try await role.prepare(with: owner, closesOtherDatabases: false)
            }
            #expect(error?.message.contains("may change the schema") == true)
        }
    }

    @Test func doesNothingForTheOwnerItself() async throws {
        let owner = database.client()
        var role = try ApplicationRole(uri: "postgresql://x@host/db")
        role.name = try #require(try await owner.run(CurrentUser()).first)
        #expect(try await role.prepare(with: owner, closesOtherDatabases: true) == [])
        let fresh = database.client { $0.statementTimeout = .seconds(7) }
        _ = try await fresh.run(CurrentUser())
        #expect(try await fresh.run(CurrentSetting(name: "statement_timeout")) == ["8s"])
    }

    @Test(arguments: ["postgresql://host/db", "postgresql:///db?host=/tmp", "postgresql://:pw@host/db"])
    func needsAUser(uri: String) {
        #expect(throws: PostgresError.self) { try ApplicationRole(uri: uri) }
    }

    @Test(arguments: [
        ("postgresql://a%40b:c%2Fd@host/db?sslmode=require", "a@b", "c/d"),
        ("user=u password='p q' host=h", "u", "p q"),
        ("postgresql:///db?host=/tmp&user=u", "u", nil as String?),
    ])
    func readsUserAndPassword(uri: String, name: String, password: String?) throws {
        let role = try ApplicationRole(uri: uri)
        #expect(role.name == name)
        #expect(role.password == password)
    }
}

private struct StoredPassword: Statement {
    static let sql = "SELECT rolpassword FROM pg_authid WHERE rolname = $1"
    var role: String
    var parameters: [Parameter] { [.text(role)] }

    static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> String { try row.text(0) }
}
