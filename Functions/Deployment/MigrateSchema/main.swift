import ChatStore
import FoundationEssentials
import Glibc

@Sendable func migrate() async throws -> SchemaMigration.Outcome {
    try await SchemaMigration(.process).run()
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
        let outcome = try await migrate()
        let applied = outcome.applied.joined(separator: ", ")
        print(applied.isEmpty ? "The schema is up to date." : "Applied \(applied).")
        if !outcome.reachableDatabases.isEmpty {
            print("The functions' user can connect to: \(outcome.reachableDatabases.joined(separator: ", ")).")
        }
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
