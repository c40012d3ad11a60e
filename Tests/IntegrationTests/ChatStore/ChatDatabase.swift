import ChatStore
import FoundationEssentials
import Testing

@testable import Postgres

/// A separate database with the chat's schema for each suite, on the server of `DATABASE_URL`.
enum ChatDatabase {
    @TaskLocal static var configuration: PostgresClient.Configuration?

    /// A new connection. Statements on different connections run concurrently.
    static func connect() throws -> PostgresClient {
        PostgresClient(try #require(configuration, "the suite has no .chatDatabase"))
    }
}

struct ChatDatabaseTrait: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        let server = PostgresClient.Configuration(uri: try Environment.process.required("DATABASE_URL"))
        let name = "chat_\(UUID().uuidString.lowercased().replacing("-", with: "_"))"
        var configuration = server
        configuration.parameters["dbname"] = name

        let administrator = PostgresClient(server)
        try await administrator.execute("CREATE DATABASE \(name)")
        do {
            _ = try await Migrator.apply(Schema.migrations, to: PostgresClient(configuration))
            try await ChatDatabase.$configuration.withValue(configuration) { try await function() }
        } catch {
            try? await administrator.execute("DROP DATABASE \(name) WITH (FORCE)")
            throw error
        }
        try await administrator.execute("DROP DATABASE \(name) WITH (FORCE)")
    }
}

extension Trait where Self == ChatDatabaseTrait {
    static var chatDatabase: Self { Self() }
}

extension PostgresClient {
    /// Runs SQL without parameters, for example for names that cannot be parameters.
    func execute(_ sql: String) throws {
        try withConnection(timeout: .seconds(30)) { connection in
            try connection.runScript(sql)
        }
    }
}
