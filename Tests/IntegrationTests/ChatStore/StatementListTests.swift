import ChatStore
import FoundationEssentials
import TestSupport
import Testing

@testable import CreateConversation
@testable import GetDirectConversation
@testable import ListConversations
@testable import ListMessages
@testable import SendMessage

@Suite(.chatDatabase)
struct StatementListTests {
    @Test(
        arguments: [
            (.of(.skipping(0), limit: 3), [8, 9, 10]),
            (.of(.skipping(3), limit: 3), [5, 6, 7]),
            (.of(.skipping(9), limit: 3), [1]),
            (.of(.skipping(10), limit: 3), []),
            (.of(.skipping(.max), limit: 3), []),
            (.of(.skipping(0), before: 5, limit: 3), [2, 3, 4]),
            (.of(.skipping(0), before: 2, limit: 3), [1]),
            (.of(.skipping(0), before: 0, limit: 3), []),
            (.of(.skipping(0), before: .max, limit: 3), [8, 9, 10]),
            (.of(.after(0), limit: 3), [1, 2, 3]),
            (.of(.after(4), limit: 3), [5, 6, 7]),
            (.of(.after(9), limit: 3), [10]),
            (.of(.after(10), limit: 3), []),
            (.of(.after(.max), limit: 3), []),
            (.of(.after(4), before: 7, limit: 3), [5, 6]),
            (.of(.after(7), before: 4, limit: 3), []),
        ] as [(PageOfMessages, [Int64])]
    )
    func findsThePage(page: PageOfMessages, seqs: [Int64]) async throws {
        let chat = try await ChatStoreFixture.direct()
        for _ in 1...10 { try await chat.send(from: chat.people[0]) }
        #expect(try await chat.messages(page, for: chat.people[1]).map(\.seq) == seqs)
    }

    /// The first page, a page far back, and an incomplete last page.
    @Test(arguments: [.all, .of(.skipping(1500), limit: 50), .of(.after(1990), limit: 50)] as [PageOfMessages])
    func readsNoMessageOutsideThePage(page: PageOfMessages) async throws {
        let chat = try await ChatStoreFixture.direct()
        try await chat.database.execute(
            """
            INSERT INTO message (conversation_id, seq, id, sender_id, client_message_id, content, sent_at)
            SELECT '\(chat.conversation)', n, gen_random_uuid(), 'alice', n, 'hello', now()
            FROM generate_series(1, 2000) AS n;
            UPDATE conversation SET last_seq = 2000, last_message_at = now() WHERE id = '\(chat.conversation)';
            ANALYZE message
            """
        )
        let statement = SelectMessages(conversation: chat.conversation, caller: chat.people[0], page: page)
        let plan = try JSON(try #require(try await chat.database.run(Explain(statement: statement)).first))
        let messages = try await chat.messages(page, for: chat.people[0])
        #expect(!messages.isEmpty)
        #expect(plan.rowsRead(from: "message") == Double(messages.count))
    }

    @Test func listsStoredMessages() async throws {
        let chat = try await ChatStoreFixture.direct()
        let stored = try #require(try await chat.send("hello", from: chat.people[0], as: "t").message)
        let expected = SelectMessages.StoredMessage(
            id: stored.id,
            clientMessageID: "t",
            seq: 1,
            sender: chat.people[0],
            content: "hello",
            sentAt: stored.sentAt,
            readBy: 0
        )
        #expect(try await chat.messages(for: chat.people[1]) == [expected])
    }

    @Test func countsReadersOtherThanTheSender() async throws {
        let chat = try await ChatStoreFixture.group(of: 4)
        for sender in [0, 1, 0] { try await chat.send(from: chat.people[sender]) }
        try await chat.read(by: chat.people[0])
        try await chat.read(2, by: chat.people[1])
        try await chat.read(1, by: chat.people[2])

        #expect(try await chat.messages(for: chat.people[3]).map(\.readBy) == [2, 1, 0])
    }

    @Test func showsMessagesToParticipantsOnly() async throws {
        let chat = try await ChatStoreFixture.direct()
        try await chat.send(from: chat.people[0])

        let database = chat.database
        let stranger = SelectMessages(conversation: chat.conversation, caller: "stranger", page: .all)
        #expect(try await database.run(stranger).map(\.access) == [.notAParticipant])
        #expect(try await database.run(stranger).compactMap(\.message).isEmpty)
        let nowhere = SelectMessages(conversation: .random, caller: chat.people[0], page: .all)
        #expect(try await database.run(nowhere).map(\.access) == [.notFound])
        let empty = SelectMessages(
            conversation: try await database.create(ChatStoreFixture.people(2)),
            caller: "stranger",
            page: .all
        )
        #expect(try await database.run(empty).map(\.access) == [.notAParticipant])
    }

    @Test func describesAConversationWithAndWithoutMessages() async throws {
        let chat = try await ChatStoreFixture.direct()
        let empty = try #require(try await chat.listed(for: chat.people[0]))
        #expect(empty.latest == nil)
        #expect(empty.lastSeq == 0)
        #expect(empty.unreadCount == 0)
        #expect(empty.title == nil)
        #expect(!empty.isGroup)
        #expect(empty.participants == chat.people)

        let stored = try #require(try await chat.send("hello", from: chat.people[0]).message)
        let listed = try #require(try await chat.listed(for: chat.people[1]))
        #expect(listed.latest == .init(content: "hello", sender: chat.people[0], sentAt: stored.sentAt))
        #expect(listed.activeAt == stored.sentAt)
        #expect(listed.unreadCount == 1)
    }

    @Test(arguments: [1, 2, 3, 7, 8])
    func pagesThroughConversationsByActivity(limit: Int64) async throws {
        let database = try ChatDatabase.connect()
        let people = ChatStoreFixture.people(8)
        var ids: [ConversationID] = []
        for other in people.dropFirst() { ids.append(try await database.create([people[0], other])) }
        let chat = ChatStoreFixture(database: database, conversation: ids[2], people: people)
        try await chat.send(from: people[0])
        let expected = [ids[2]] + [6, 5, 4, 3, 1, 0].map { ids[$0] }

        var seen: [ConversationID] = []
        var cursor: ConversationCursor?
        repeat {
            let page = try await database.run(SelectConversations(caller: people[0], after: cursor, limit: limit))
            seen += page.map(\.id)
            cursor = page.last.map { ConversationCursor(activeAt: $0.activeAt, conversation: $0.id) }
        } while cursor != nil

        #expect(seen == expected)
    }

    @Test func filtersByRead() async throws {
        let chat = try await ChatStoreFixture.direct()
        let (alice, bob) = (chat.people[0], chat.people[1])
        let other = try await chat.database.create([bob, UserID(rawValue: bob.rawValue + "x")])
        try await chat.send(from: alice)

        let unread = SelectConversations(caller: bob, isRead: false, limit: 10)
        let read = SelectConversations(caller: bob, isRead: true, limit: 10)
        #expect(try await chat.database.run(unread).map(\.id) == [chat.conversation])
        #expect(try await chat.database.run(read).map(\.id) == [other])
        try await chat.read(by: bob)
        #expect(try await chat.database.run(unread).isEmpty)
        #expect(try await chat.database.run(read).map(\.id) == [chat.conversation, other])
    }

    @Test func findsAConversationForItsParticipants() async throws {
        let chat = try await ChatStoreFixture.group(of: 3)
        let row = try await chat.database.conversation(chat.conversation, for: chat.people[1])
        #expect(row.isGroup)
        #expect(row.title == "Group")
        #expect(row.createdBy == chat.people[0])
        #expect(row.participants == chat.people)

        let stranger = try await chat.database.run(
            FindConversation(conversation: chat.conversation, caller: "stranger")
        )
        #expect(stranger.map(\.isParticipant) == [false])
        #expect(try await chat.database.run(FindConversation(conversation: .random, caller: "stranger")).isEmpty)
    }

    @Test func findsTheDirectConversationOfAPair() async throws {
        let chat = try await ChatStoreFixture.direct()
        let (alice, bob) = (chat.people[0], chat.people[1])
        let database = chat.database

        #expect(try await database.run(FindDirectConversation(key: DirectKey(bob, alice))) == [chat.conversation])
        #expect(try await database.run(FindDirectConversation(key: DirectKey(bob, bob))).isEmpty)
        #expect(try await database.create([bob, alice]) == chat.conversation)
    }

    @Test func keepsTheListOfParticipantsEqualToTheRows() async throws {
        let strange: [UserID] = [#"a"b"#, #"back\slash"#, "{},NULL", "é", "😀", "Z", "a"]
        let database = try ChatDatabase.connect()
        let id = try await database.create(strange.sorted(), title: "Group")

        #expect(try await database.run(ParticipantRows(conversation: id)) == strange.sorted())
        #expect(try await database.conversation(id, for: "é").participants == strange.sorted())
    }

    @Test func createsOneConversationWhenTheSameStatementRunsTwice() async throws {
        let database = try ChatDatabase.connect()
        let people = ChatStoreFixture.people(3)
        let statement = InsertConversation(id: .random, title: "Group", creator: people[0], participants: people)
        #expect(try await database.run(statement) == [statement.id])
        #expect(try await database.run(statement) == [statement.id])
    }
}

private struct ParticipantRows: Statement {
    static let sql = "SELECT user_id FROM participant WHERE conversation_id = $1 ORDER BY user_id"
    var conversation: ConversationID
    var parameters: [Parameter] { [.uuid(conversation.rawValue)] }

    static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> UserID {
        UserID(rawValue: try row.text(0))
    }
}

/// Runs a statement and returns its plan with the actual row counts, as JSON.
private struct Explain<S: Statement>: Statement {
    static var sql: String { "EXPLAIN (ANALYZE, FORMAT JSON) \(S.sql)" }

    var statement: S
    var parameters: [Parameter] { statement.parameters }

    static func decode(_ row: borrowing ResultRow) throws(PostgresError) -> String { try row.text(0) }
}

extension JSON {
    /// The number of rows that all nodes of a plan read from a table.
    fileprivate func rowsRead(from table: String) -> Double {
        switch self {
        case .array(let nodes): return nodes.reduce(0) { $0 + $1.rowsRead(from: table) }
        case .object(let node):
            let own =
                node["Relation Name"] == .string(table)
                ? ["Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck"]
                    .reduce(0) { sum, name in
                        guard case .number(let rows) = node[name] else { return sum }
                        return sum + rows
                    } : 0
            return node.values.reduce(own) { $0 + $1.rowsRead(from: table) }
        case .null, .boolean, .number, .string: return 0
        }
    }
}
