import ChatStore
import Testing

@testable import CreateConversation
@testable import ListConversations
@testable import ListMessages
@testable import ReadMessages
@testable import SendMessage

/// Statements that run concurrently, each on its own connection.
@Suite(.chatDatabase)
struct StatementRaceTests {
    @Test func storesOneOfTwentyEqualConcurrentSends() async throws {
        let chat = try await ChatStoreFixture.direct()

        let outcomes = try await race(20) { _, database in
            try await storing(database, "t", in: chat, from: chat.people[0])
        }

        #expect(Set(outcomes.map(\.id)).count == 1)
        #expect(outcomes.allSatisfy { $0.seq == 1 })
        #expect(outcomes.count { !$0.recipients.isEmpty } == 1)
        #expect(try await chat.database.one(CountMessages(conversation: chat.conversation)) == 1)
        #expect(try await chat.send(from: chat.people[0]).message?.seq == 2)
        #expect(try await chat.listed(for: chat.people[1])?.unreadCount == 2)
    }

    @Test func numbersConcurrentMessagesWithoutGapsOrDuplicates() async throws {
        let chat = try await ChatStoreFixture.group(of: 4)

        let seqs = try await race(8) { client, database in
            var seqs: [Int64] = []
            for message in 1...250 {
                let sender = chat.people[client % 4]
                seqs.append(try await storing(database, "\(client)-\(message)", in: chat, from: sender).seq)
            }
            return seqs
        }

        #expect(seqs.allSatisfy { $0 == $0.sorted() })
        #expect(seqs.joined().sorted() == Array(1...2000))
        let listed = try #require(try await chat.listed(for: chat.people[0]))
        #expect(listed.lastSeq == 2000)
        #expect(listed.unreadCount == 1500)
    }

    @Test func keepsUnreadCountsCorrectDuringConcurrentSendsAndReads() async throws {
        let chat = try await ChatStoreFixture.group(of: 3)

        _ = try await race(6) { device, database in
            let person = chat.people[device % 3]
            for message in 1...60 {
                _ = try await storing(database, "\(device)-\(message)", in: chat, from: person)
                let upTo: Int64? = message.isMultiple(of: 3) ? nil : Int64(message * 2)
                _ = try await database.one(MoveCursor(conversation: chat.conversation, reader: person, upToSeq: upTo))
            }
            return 0
        }

        let messages = try await allMessages(of: chat)
        #expect(messages.count == 360)
        for person in chat.people {
            let cursor = try await chat.read(0, by: person).seq
            let unread = messages.count { $0.seq > cursor && $0.sender != person }
            #expect(try await chat.listed(for: person)?.unreadCount == Int64(unread))
        }
    }

    @Test func createsOneDirectConversationForAllConcurrentRequests() async throws {
        let people = ChatStoreFixture.people(2)

        let ids = try await race(20) { client, database in
            let creator = people[client % 2]
            let statement = InsertConversation(
                id: .random,
                creator: creator,
                directKey: DirectKey(creator, people[(client + 1) % 2]),
                participants: people
            )
            for _ in 1...3 {
                if let id = try await database.run(statement).first { return id }
            }
            throw NoRow()
        }

        #expect(ids.count == 20)
        #expect(Set(ids).count == 1)
    }

    /// Stores a message as the handler does: after a unique violation, the statement runs again and finds the message.
    private func storing(
        _ database: PostgresClient,
        _ clientMessageID: String,
        in chat: ChatStoreFixture,
        from sender: UserID
    ) async throws -> StoreMessage.Stored {
        let statement = StoreMessage(
            conversation: chat.conversation,
            sender: sender,
            clientMessageID: clientMessageID,
            id: .random,
            content: "hello"
        )
        do {
            return try #require(try await database.one(statement).message)
        } catch let error as PostgresError where error.isUniqueViolation {
            return try #require(try await database.one(statement).message)
        }
    }

    private func allMessages(of chat: ChatStoreFixture) async throws -> [SelectMessages.StoredMessage] {
        var messages: [SelectMessages.StoredMessage] = []
        while true {
            let page = PageOfMessages.of(.after(messages.last?.seq ?? 0))
            let next = try await chat.messages(page, for: chat.people[0])
            if next.isEmpty { return messages }
            messages += next
        }
    }

    /// Runs a body concurrently for a number of clients, and returns all results.
    private func race<Outcome: Sendable>(
        _ clients: Int,
        _ body: @escaping @Sendable (Int, PostgresClient) async throws -> Outcome
    ) async throws -> [Outcome] {
        try await withThrowingTaskGroup { group in
            for client in 0..<clients {
                let database = try ChatDatabase.connect()
                group.addTask { try await body(client, database) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }
}
