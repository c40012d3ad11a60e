import ChatStore
import TestSupport
import Testing

@testable import ListConversations
@testable import ListParticipants

@Suite(.chatDatabase)
struct StatementParticipantTests {
    private func page(_ chat: ChatStoreFixture, after: UserID? = nil, limit: Int64) async throws -> [UserID] {
        try await chat.database.run(
            SelectParticipants(conversation: chat.conversation, caller: chat.people[0], after: after, limit: limit)
        ).compactMap(\.user)
    }

    @Test(arguments: [1, 2, 5, 6])
    func pagesThroughParticipants(limit: Int64) async throws {
        let chat = try await ChatStoreFixture.group(of: 5)
        var seen: [UserID] = []
        while true {
            let users = try await page(chat, after: seen.last, limit: limit)
            if users.isEmpty { break }
            seen += users
        }
        #expect(seen == chat.people)
    }

    @Test func showsParticipantsToParticipantsOnly() async throws {
        let chat = try await ChatStoreFixture.direct()
        let stranger = SelectParticipants(conversation: chat.conversation, caller: "stranger", limit: 10)
        #expect(try await chat.database.run(stranger) == [.init(access: .notAParticipant)])
        let nowhere = SelectParticipants(conversation: .random, caller: chat.people[0], limit: 10)
        #expect(try await chat.database.run(nowhere) == [.init(access: .notFound)])
        let beyond = SelectParticipants(
            conversation: chat.conversation,
            caller: chat.people[0],
            after: "\u{10ffff}",
            limit: 10
        )
        #expect(try await chat.database.run(beyond) == [.init(access: .granted)])
    }

    @Test(arguments: [2, 3, 10, 11, 40])
    func listsNameAtMostTenParticipantsAndTheirNumber(count: Int) async throws {
        let chat =
            count == 2 ? try await ChatStoreFixture.direct() : try await ChatStoreFixture.group(of: count)
        let row = try #require(try await chat.listed(for: chat.people[count - 1]))
        #expect(row.participants == Array(chat.people.prefix(10)))
        #expect(row.participantCount == Int64(count))
    }

    /// Conversations of earlier releases have no stored number.
    @Test func countsParticipantsThatWereNotCounted() async throws {
        let chat = try await ChatStoreFixture.group(of: 12)
        try await chat.database.execute(
            "UPDATE conversation SET participant_count = NULL WHERE id = '\(chat.conversation)'"
        )
        #expect(try await chat.listed(for: chat.people[0])?.participantCount == 12)
    }
}
