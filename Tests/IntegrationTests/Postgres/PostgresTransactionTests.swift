import Postgres
import Synchronization
import Testing

@Suite(.database)
struct PostgresTransactionTests {
    let database = PostgresTestDatabase.current
    let client: PostgresClient

    init() async throws {
        client = database.client()
        try await client.runScript("CREATE TABLE note (id bigint PRIMARY KEY, text text)")
    }

    struct Refusal: Error, Equatable {}

    @Test func commitsAndReturnsTheBodysResult() async throws {
        let ids = try await client.transaction { session in
            _ = try session.run(InsertNote(id: 1))
            return try session.run(SelectNotes())
        }
        #expect(ids == [1])
        #expect(try await database.client().run(SelectNotes()) == [1])
    }

    @Test func rollsBackAndRethrowsTheBodysError() async throws {
        await #expect(throws: Refusal()) {
            try await client.transaction { session in
                _ = try session.run(InsertNote(id: 1))
                throw Refusal()
            }
        }
        #expect(try await client.run(SelectNotes()) == [])
    }

    @Test func rollsBackAfterAFailedStatement() async throws {
        let error = await #expect(throws: PostgresError.self) {
            try await client.transaction { session in
                _ = try session.run(InsertNote(id: 1))
                _ = try session.run(InsertNote(id: 1))
            }
        }
        #expect(error?.isUniqueViolation == true)
        #expect(error?.transactionStep == nil)
        #expect(try await client.run(SelectNotes()) == [])
    }

    @Test func ignoredFailureOfAStatementFailsTheCommit() async throws {
        let error = await #expect(throws: PostgresError.self) {
            try await client.transaction { session in
                _ = try session.run(InsertNote(id: 1))
                _ = try? session.run(InsertNote(id: 1))
            }
        }
        #expect(error?.transactionStep == .commit)
        #expect(try await client.run(SelectNotes()) == [])
    }

    @Test func failureToBeginDoesNotRunTheBody() async throws {
        let client = PostgresClient(uri: "not a connection string")
        let error = await #expect(throws: PostgresError.self) {
            try await client.transaction { _ in Issue.record("The body must not run.") }
        }
        #expect(error?.transactionStep == .begin)
    }

    @Test func failureToCommitIsReported() async throws {
        try await client.runScript(
            "ALTER TABLE note ADD COLUMN other bigint DEFAULT 99 REFERENCES note DEFERRABLE INITIALLY DEFERRED"
        )
        let error = await #expect(throws: PostgresError.self) {
            try await client.transaction { session in _ = try session.run(InsertNote(id: 1)) }
        }
        #expect(error?.transactionStep == .commit)
        #expect(error?.sqlState == "23503")
        #expect(try await client.run(SelectNotes()) == [])

        // A single statement is committed at the end of its round trip, and fails there.
        let alone = await #expect(throws: PostgresError.self) { try await client.run(InsertNote(id: 2)) }
        #expect(alone?.sqlState == "23503")
        #expect(try await client.run(SelectNotes()) == [])
    }

    @Test func connectionLostInTheBodyIsReported() async throws {
        let runs = Mutex(0)
        let error = await #expect(throws: PostgresError.self) {
            try await client.transaction { session in
                runs.withLock { $0 += 1 }
                _ = try session.run(InsertNote(id: 1))
                _ = try session.run(PostgresConnectionTests.KillSelf())
            }
        }
        #expect(error?.code == .connectionLost)
        #expect(runs.withLock { $0 } == 1)
        #expect(try await client.run(SelectNotes()) == [])
    }

    struct LockNote: Statement {
        static let sql = "SELECT id FROM note WHERE id = $1 FOR UPDATE"
        var id: Int64
        var parameters: [Parameter] { [.integer(id)] }
        static func decode(_ row: borrowing ResultRow) {}
    }

    @Test func deadlockFailsOneTransaction() async throws {
        try await client.runScript("INSERT INTO note VALUES (1), (2)")
        let errors = await withTaskGroup(of: PostgresError?.self) { group in
            // Each transaction waits until the other holds its first lock.
            let barrier = Barrier(parties: 2)
            for (first, second) in [(1, 2), (2, 1)] as [(Int64, Int64)] {
                let client = database.client()
                group.addTask {
                    do {
                        try await client.transaction { session in
                            _ = try session.run(LockNote(id: first))
                            barrier.arrive()
                            _ = try session.run(LockNote(id: second))
                        }
                        return nil
                    } catch {
                        return error as? PostgresError
                    }
                }
            }
            return await group.reduce(into: [PostgresError]()) { if let error = $1 { $0.append(error) } }
        }
        #expect(errors.count == 1)
        #expect(errors.first?.sqlState == "40P01")
    }
}
