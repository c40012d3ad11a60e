import ChatStore
import FoundationEssentials
import Glibc

/// Applies the missing migrations and returns their names.
@Sendable func migrate() async throws -> [String] {
    let client = PostgresClient(uri: try Environment.process.required("DATABASE_URL"))
    return try await Migrator.apply(Schema.migrations, to: client).map { "\($0.version) \($0.name)" }
}

/// Waits three seconds, if 40 seconds then remain for another attempt and the response to CloudFormation.
@Sendable func waitBeforeRetry(_ context: LambdaContext) async throws -> Bool {
    let remaining = context.deadline - Int64(Date.now.timeIntervalSince1970 * 1000)
    guard remaining > 43_000 else { return false }
    try await Task.sleep(for: .seconds(3))
    return true
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
    try await Lambda.run {
        MigrateSchemaHandler(migrate: migrate, waitBeforeRetry: waitBeforeRetry, respond: CloudFormation.send)
    }
default:
    print("Usage: MigrateSchema [apply]")
    exit(2)
}
