import ChatStore
import FoundationEssentials
import Testing

@testable import ListConversations
@testable import ListMessages
@testable import SendMessage

@Suite(.chatDatabase)
struct StatementSendTests {
    @Test func numbersMessagesFromOneAndReturnsTheRecipients() async throws {
        let chat = try await ChatStoreFixture.direct()

        let first = try #require(try await chat.send(from: chat.people[0]).message)
        let second = try #require(try await chat.send(from: chat.people[1]).message)

        #expect([first.seq, second.seq] == [1, 2])
        #expect(first.recipients == chat.people)
        #expect(first.sentAt.microseconds <= second.sentAt.microseconds)
    }

    @Test(
        arguments: [
            "plain", "🇩🇪👩‍👩‍👧‍👦", "مرحبا بالعالم", "'; DROP TABLE message; --", "return redis.call('FLUSHALL')",
            #"\u0041 "x" {a,b} NULL"#,
            String(repeating: "😀", count: 4096),
        ]
    )
    func keepsContentUnchanged(content: String) async throws {
        let chat = try await ChatStoreFixture.direct()
        try await chat.send(content, from: chat.people[0])
        #expect(try await chat.messages(for: chat.people[1]).map { Array($0.content.utf8) } == [Array(content.utf8)])
    }

    @Test func answersARepeatedSendWithTheFirstMessageAndNoRecipients() async throws {
        let chat = try await ChatStoreFixture.direct()
        let first = try #require(try await chat.send("one", from: chat.people[0], as: "t").message)
        let again = try #require(try await chat.send("two", from: chat.people[0], as: "t").message)

        #expect(again.id == first.id)
        #expect(again.seq == first.seq)
        #expect(again.sentAt == first.sentAt)
        #expect(again.recipients.isEmpty)
        #expect(try await chat.messages(for: chat.people[0]).map(\.content) == ["one"])
    }

    @Test func returnsTheRecipientsAgainWhenTheSameStatementRunsTwice() async throws {
        let chat = try await ChatStoreFixture.direct()
        let statement = StoreMessage(
            conversation: chat.conversation,
            sender: chat.people[0],
            clientMessageID: "t",
            id: .random,
            content: "hello"
        )
        let first = try await chat.database.one(statement).message
        let again = try await chat.database.one(statement).message

        #expect(first == again)
        #expect(again?.recipients == chat.people)
        #expect(try await chat.database.one(CountMessages(conversation: chat.conversation)) == 1)
    }

    @Test func allowsEqualClientIDsOfOtherSendersAndInOtherConversations() async throws {
        let chat = try await ChatStoreFixture.direct()
        let group = try await chat.database.create(chat.people + [UserID(rawValue: "zoe")], title: "Group")

        let seqs = [
            try await chat.send(from: chat.people[0], as: "t").message?.seq,
            try await chat.send(from: chat.people[1], as: "t").message?.seq,
            try await chat.send(from: chat.people[0], as: "t", to: group).message?.seq,
        ]
        #expect(seqs == [1, 2, 1])
    }

    @Test func storesNothingForAUserWithoutAccess() async throws {
        let chat = try await ChatStoreFixture.direct()
        try await chat.send(from: chat.people[0], as: "t")

        let row = try await chat.send(from: "stranger", as: "t")

        #expect(row.access == .notAParticipant)
        #expect(row.message == nil)
        #expect(try await chat.database.one(CountMessages(conversation: chat.conversation)) == 1)
        #expect(try await chat.listed(for: chat.people[0])?.lastSeq == 1)
    }

    @Test func answersNotFoundForAnUnknownConversation() async throws {
        let chat = try await ChatStoreFixture.direct()
        let row = try await chat.send(from: chat.people[0], to: .random)
        #expect(row.access == .notFound)
        #expect(row.message == nil)
    }

    @Test func publishesAMessageOnceAndWithoutItsContent() async throws {
        let chat = try await ChatStoreFixture.direct()
        try await chat.send("secret", from: chat.people[0], as: "t")
        try await chat.send("secret", from: chat.people[0], as: "t")

        let subject = "messenger.change_feed.message.\(chat.conversation).createdV1"
        #expect(try await chat.database.one(CountOutboxRows(subject: subject)) == 1)
        #expect(try await chat.database.one(CountOutboxRowsWith(text: "secret")) == 0)
    }

    @Test func returnsAThousandRecipients() async throws {
        let chat = try await ChatStoreFixture.group(of: 1000)
        let message = try #require(try await chat.send(from: chat.people[999]).message)
        #expect(message.recipients == chat.people)
    }
}

private struct CountOutboxRowsWith: CountingStatement {
    static let sql = "SELECT count(*) FROM outbox WHERE strpos(data::text, $1) > 0"
    var text: String
    var parameters: [Parameter] { [.text(text)] }
}
