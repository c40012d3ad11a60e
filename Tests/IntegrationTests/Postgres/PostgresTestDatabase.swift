import FoundationEssentials
import LambdaRuntime
import Testing

@testable import Postgres

/// The database of one test, in suites with the trait `.database`. It is created on the server in `DATABASE_URL`.
struct PostgresTestDatabase {
    /// The database of the current test.
    @TaskLocal static var current = PostgresTestDatabase(name: "missing", uri: "")

    let name: String
    let uri: String

    /// A new client for this database.
    func client(_ configure: (inout PostgresClient.Configuration) -> Void = { _ in }) -> PostgresClient {
        var configuration = PostgresClient.Configuration(uri: uri)
        configuration.parameters["dbname"] = name
        configure(&configuration)
        return PostgresClient(configuration)
    }
}

extension PostgresClient {
    /// Runs SQL without parameters and rows, for which no ``Statement`` is needed.
    func runScript(_ sql: String) throws {
        try withConnection(timeout: .seconds(60)) { try $0.runScript(sql) }
    }
}

/// Creates an empty database before each test and drops it afterwards.
struct DatabaseTrait: SuiteTrait, TestTrait, TestScoping {
    var isRecursive: Bool { true }

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        let uri = try #require(
            Environment.process["DATABASE_URL"],
            "Integration tests need a Postgres server in DATABASE_URL; `make test` starts one."
        )
        let database = PostgresTestDatabase(name: "test_\(UUID().uuidString.lowercased())", uri: uri)
        let server = PostgresClient(uri: uri)
        try await server.runScript("CREATE DATABASE \"\(database.name)\" TEMPLATE template0 ENCODING 'UTF8'")
        let result = await Result { try await PostgresTestDatabase.$current.withValue(database, operation: function) }
        try await server.runScript("DROP DATABASE \"\(database.name)\" WITH (FORCE)")
        try result.get()
    }
}

extension Trait where Self == DatabaseTrait {
    static var database: DatabaseTrait { DatabaseTrait() }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
