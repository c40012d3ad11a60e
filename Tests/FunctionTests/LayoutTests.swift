import ChatStore
import TestSupport
import Testing

/// What is written down in more than one place.
struct LayoutTests {
    @Test func manifestAndTemplateListTheFoldersOfFunctions() throws {
        let folders = Set(try Repository.functionFolders().map { $0.split(separator: "/").last.map(String.init) ?? "" })

        let manifest = try Repository.text(of: "Package.swift")
        let targets = manifest.matches(of: #/\n    function\("\w+/(\w+)"/#).map { String($0.1) }
        #expect(Set(targets) == folders)

        let template = try Repository.text(of: "template.yaml")
        let handlers = template.matches(of: #/\n  (\w+):\n    Type: AWS::Serverless::Function\n/#).map { String($0.1) }
        #expect(Set(handlers) == folders)
        #expect(Set(template.matches(of: #/\n      Handler: (\w+)\n/#).map { String($0.1) }) == folders)
    }

    @Test func everyFileOfTheSchemaIsAMigration() throws {
        let files = try Repository.names(in: "Shared/Chat/ChatStore/Schema")
        #expect(files.count == Schema.migrations.count)
        for (file, migration) in zip(files, Schema.migrations) {
            let number = String(migration.version + 10000).dropFirst()
            #expect(file == "\(number)_\(migration.name).sql")
            #expect(try Repository.text(of: "Shared/Chat/ChatStore/Schema/\(file)") == migration.sql)
        }
        #expect(Schema.migrations.map(\.version) == Array(1...files.count))
    }

    @Test func templateKnowsTheVersionOfTheSchema() throws {
        let template = try Repository.text(of: "template.yaml")
        let version = try #require(template.firstMatch(of: #/Type: Custom::Schema\n(?:.*\n)*? +Version: "?(\d+)"?/#))
        #expect(Int(version.1) == Schema.migrations.count)
    }

    @Test func functionsWithoutSQLDoNotLinkPostgres() throws {
        for function in ["Authorize", "Connect", "Disconnect", "Heartbeat", "DefaultRoute"] {
            for source in try Repository.sources(in: "Functions/Connections/\(function)") {
                #expect(!(try Repository.text(of: source).contains(#/import (ChatStore|Postgres)/#)), "\(source)")
            }
        }
    }
}
