import ChatStore
import Glibc

/// Applies what the database lacks.
@Sendable func migrate() async throws -> [String] {
    let client = PostgresClient(uri: try Environment.process.required("DATABASE_URL"))
    return try await Migrator.apply(Schema.migrations, to: client).map { "\($0.version) \($0.name)" }
}

switch CommandLine.arguments.dropFirst() {
case ["apply"]:
    do {
        let applied = try await migrate()
        print(applied.isEmpty ? "The schema is up to date." : "Applied \(applied.joined(separator: ", ")).")
    } catch {
        print(error)
        exit(1)
    }
case []:
    try await Lambda.run { MigrateSchemaHandler(migrate: migrate, respond: CloudFormation.send) }
default:
    print("Usage: MigrateSchema [apply]")
    exit(2)
}
