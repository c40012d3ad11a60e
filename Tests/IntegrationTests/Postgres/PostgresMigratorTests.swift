import Postgres
import Testing

@Suite(.database)
struct PostgresMigratorTests {
    let database = PostgresTestDatabase.current

    static let first = Migration(
        version: 1,
        name: "note",
        sql: "CREATE TABLE note (id bigint PRIMARY KEY, text text); INSERT INTO note VALUES (1, 'it''s; fine');"
    )
    static let second = Migration(version: 2, name: "more", sql: "INSERT INTO note VALUES (2, ''); -- the end")
    static let independent = Migration(version: 2, name: "independent", sql: "SELECT 1")

    @Test func appliesInOrderAndOnlyOnce() async throws {
        let client = database.client()
        #expect(try await Migrator.apply([Self.second, Self.first], to: client) == [Self.first, Self.second])
        #expect(try await Migrator.apply([Self.first, Self.second], to: client) == [])
        #expect(try await client.run(SelectNotes()) == [1, 2])
    }

    @Test func appliesOnlyNewMigrations() async throws {
        let client = database.client()
        #expect(try await Migrator.apply([Self.first], to: client) == [Self.first])
        #expect(try await Migrator.apply([Self.first, Self.second], to: client) == [Self.second])
    }

    @Test func concurrentCallsApplyEachMigrationOnce() async throws {
        let applied = try await withThrowingTaskGroup(of: [Migration].self) { group in
            for _ in 1...6 {
                let client = database.client()
                group.addTask { try await Migrator.apply([Self.first, Self.second], to: client) }
            }
            return try await group.reduce(into: [Migration]()) { $0 += $1 }
        }
        #expect(applied.map(\.version).sorted() == [1, 2])
        #expect(try await database.client().run(SelectNotes()) == [1, 2])
    }

    @Test func failedMigrationIsRolledBackAndEarlierOnesAreKept() async throws {
        let bad = Migration(version: 2, name: "bad", sql: "INSERT INTO note VALUES (2, ''); SELECT 1 / 0;")
        let client = database.client()
        let error = await #expect(throws: MigrationError.self) {
            try await Migrator.apply([Self.first, bad], to: client)
        }
        #expect(error?.code == .failed)
        #expect(error?.underlying?.sqlState == "22012")
        #expect(try await client.run(SelectNotes()) == [1])
        #expect(try await Migrator.apply([Self.first, Self.second], to: client) == [Self.second])
    }

    @Test(
        arguments: [
            ([independent], [Migration(version: 2, name: "independent", sql: "SELECT 2")], .changed),
            ([first], [Migration(version: 1, name: "note", sql: first.sql + " ")], .changed),
            ([first, second], [first], .databaseIsNewer),
            ([independent], [first, independent], .outOfOrder),
            ([], [first, first], .invalid),
            ([], [Migration(version: 0, name: "zero", sql: "")], .invalid),
        ] as [([Migration], [Migration], MigrationError.Code)]
    )
    func rejectsMigrationsThatDoNotMatchTheDatabase(
        applied: [Migration],
        offered: [Migration],
        code: MigrationError.Code
    ) async throws {
        let client = database.client()
        _ = try await Migrator.apply(applied, to: client)
        let error = await #expect(throws: MigrationError.self) { try await Migrator.apply(offered, to: client) }
        #expect(error?.code == code)
        #expect(try await Migrator.apply(applied, to: client) == [])
    }

    @Test func migrationThatEndsItsTransactionIsRejected() async throws {
        let bad = Migration(version: 1, name: "bad", sql: "SELECT 1; COMMIT;")
        let error = await #expect(throws: MigrationError.self) {
            try await Migrator.apply([bad], to: database.client())
        }
        #expect(error?.code == .failed)
    }

    @Test func isNotLimitedByTheStatementTimeout() async throws {
        let slow = Migration(version: 1, name: "slow", sql: "SELECT pg_sleep(0.2)")
        let client = database.client { $0.statementTimeout = .milliseconds(50) }
        #expect(try await Migrator.apply([slow], to: client) == [slow])
    }
}
