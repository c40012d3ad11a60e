import ChatStore
import Files
import TestSupport
import Testing
import Uploads

@testable import CreateConversation
@testable import CreateFile
@testable import GetDirectConversation
@testable import ListConversations
@testable import ListMessages
@testable import ListParticipants
@testable import ReadMessages
@testable import SendMessage
@testable import SweepFiles

@Suite(.chatDatabase)
struct StatementEnumerationTests {
    /// Statements with parameters. Other tests check their results.
    static let examples: [any Statement] = [
        AnnounceFile(
            id: .random(),
            owner: .random,
            fileName: "a.txt",
            size: 1,
            reservation: 60,
            limits: UploadLimits()
        ),
        BeginCheck(file: .random(), duration: 60),
        ConfirmFile(file: .random(), etag: "e", size: 1),
        DeleteFile(file: .random()),
        FindAnyFile(),
        FindConversation(conversation: .random, caller: "alice"),
        FindDirectConversation(key: DirectKey("alice", "bob")),
        FindFile(file: .random()),
        FindSweepPosition(bucket: "b"),
        GiveUpCheck(file: .random()),
        InsertConversation(id: .random, title: "Group", creator: "alice", participants: ["alice", "bob", "zoe"]),
        MoveCursor(conversation: .random, reader: "alice"),
        RejectFile(file: .random(), reason: "none"),
        ReleaseReservation(file: .random()),
        SaveSweepPosition(bucket: "b", key: nil),
        SelectConversations(caller: "alice", limit: 1),
        SelectMessages(conversation: .random, caller: "alice", page: .all),
        SelectParticipants(conversation: .random, caller: "alice", limit: 1),
        SelectUnconfirmedFiles(age: 86_400, limit: 1),
        SelectUnknownKeys(keys: ["a"]),
        StoreMessage(conversation: .random, sender: "alice", clientMessageID: "t", id: .random, content: "hello"),
    ]

    @Test func postgresExecutesEveryExample() async throws {
        let database = try ChatDatabase.connect()
        for statement in Self.examples { _ = try await run(statement, on: database) }
    }

    @Test func postgresPreparesEveryStatementOfTheSources() async throws {
        let database = try ChatDatabase.connect()
        let declarations = try StatementDeclaration.all()
        #expect(declarations.count >= Self.examples.count)
        for (number, declaration) in declarations.enumerated() {
            do {
                let type = try #require(declaration.type, "not a struct at the top level of its file")
                try await database.execute("PREPARE statement_\(number) AS \(type.sql)")
            } catch {
                Issue.record("\(declaration.name) in \(declaration.path): \(error)")
            }
        }
    }

    private func run<S: Statement>(_ statement: S, on database: PostgresClient) async throws -> Int {
        try await database.run(statement).count
    }
}

/// A statement as the sources declare it, so that a new one is tested without being listed here.
private struct StatementDeclaration {
    var name: String
    var module: String
    var path: String

    /// The type of this name, found by its mangled name.
    var type: (any Statement.Type)? {
        _typeByName("\(module.utf8.count)\(module)\(name.utf8.count)\(name)V") as? any Statement.Type
    }

    static func all() throws -> [StatementDeclaration] {
        try ["Functions", "Shared/Chat"].flatMap { try Repository.sources(in: $0) }.flatMap { path in
            let module = String(path.split(separator: "/")[2])
            return try Repository.text(of: path).matches(of: #/struct (\w+): Statement\b/#).map {
                StatementDeclaration(name: String($0.1), module: module, path: path)
            }
        }
    }
}
