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
@testable import ReadMessages
@testable import SendMessage
@testable import SweepFiles

@Suite(.chatDatabase)
struct StatementEnumerationTests {
    /// One of each kind of statement, all of which the tests beside this one look at more closely.
    static let statements: [any Statement] = [
        ConfirmFile(file: .random(), etag: "e"),
        DeleteFile(file: .random()),
        FindConversation(conversation: .random, caller: "alice"),
        FindDirectConversation(key: DirectKey("alice", "bob")),
        FindFile(file: .random()),
        InsertConversation(id: .random, title: "Group", creator: "alice", participants: ["alice", "bob", "zoe"]),
        InsertFile(id: .random(), owner: "alice", fileName: "a.txt", size: 1),
        MoveCursor(conversation: .random, reader: "alice"),
        RejectFile(file: .random(), reason: "none"),
        SelectConversations(caller: "alice", limit: 1),
        SelectMessages(conversation: .random, caller: "alice", page: .all),
        SelectUnknownKeys(keys: ["a"]),
        SelectWaitingFiles(age: 86_400, limit: 1),
        StoreMessage(conversation: .random, sender: "alice", clientMessageID: "t", id: .random, content: "hello"),
    ]

    @Test func noneIsMissed() throws {
        let folders = ["Functions", "Shared/Chat/ChatStore", "Shared/Chat/Uploads"]
        let sources = try folders.flatMap { try Repository.sources(in: $0) }
        let declared = try sources.flatMap { path in
            try Repository.text(of: path).matches(of: #/(\w+): Statement \{/#).map { String($0.1) }
        }
        #expect(declared.sorted() == Self.statements.map { "\(type(of: $0))" }.sorted())
    }

    @Test func postgresTakesEachOfThem() async throws {
        let database = try ChatDatabase.connect()
        for statement in Self.statements { _ = try await run(statement, on: database) }
    }

    private func run<S: Statement>(_ statement: S, on database: PostgresClient) async throws -> Int {
        try await database.run(statement).count
    }
}
