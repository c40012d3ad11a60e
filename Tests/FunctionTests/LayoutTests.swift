import ChatStore
import TestSupport
import Testing

/// Checks that files agree. `Scripts/check-layout` checks the list of functions, without a build.
struct LayoutTests {
    @Test func everyFileOfTheSchemaIsAMigration() throws {
        let files = try Repository.names(in: "Shared/Chat/ChatStore/Schema")
        let expected = Schema.migrations.map { migration in
            "\(String(migration.version + 10000).dropFirst())_\(migration.name).sql"
        }
        let unlisted = files.filter { !expected.contains($0) }
        #expect(unlisted.isEmpty, "not in Schema.migrations: \(unlisted.joined(separator: ", "))")
        let missing = expected.filter { !files.contains($0) }
        #expect(missing.isEmpty, "not in Shared/Chat/ChatStore/Schema: \(missing.joined(separator: ", "))")
        #expect(Schema.migrations.map(\.version) == Array(1...Schema.migrations.count))
        for (file, migration) in zip(expected, Schema.migrations) where files.contains(file) {
            let text = try Repository.text(of: "Shared/Chat/ChatStore/Schema/\(file)")
            #expect(text == migration.sql, "\(file) differs from the migration that was compiled in")
        }
    }

    @Test(arguments: ["Authorize", "Connect", "Disconnect", "Heartbeat", "DefaultRoute"])
    func aConnectionFunctionDoesNotImportPostgres(_ function: String) throws {
        for source in try Repository.sources(in: "Functions/Connections/\(function)") {
            #expect(!(try Repository.text(of: source).contains(#/import (ChatStore|Postgres)/#)), "\(source)")
        }
    }
}
