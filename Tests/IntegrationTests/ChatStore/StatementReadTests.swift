import ChatStore
import Testing

@testable import ListConversations
@testable import ReadMessages

@Suite(.chatDatabase)
struct StatementReadTests {
    @Test func readsEverythingByDefault() async throws {
        let chat = try await ChatStoreFixture.direct()
        for _ in 1...3 { try await chat.send(from: chat.people[0]) }

        #expect(try await chat.read(2, by: chat.people[1]).seq == 2)
        #expect(try await chat.read(by: chat.people[1]).seq == 3)
    }

    @Test(arguments: [(0, 2), (1, 2), (2, 2), (3, 3), (4, 3), (.max, 3)] as [(Int64, Int64)])
    func movesTheCursorNeitherBackNorPastTheEnd(upToSeq: Int64, cursor: Int64) async throws {
        let chat = try await ChatStoreFixture.direct()
        for _ in 1...3 { try await chat.send(from: chat.people[0]) }
        try await chat.read(2, by: chat.people[1])

        let row = try await chat.read(upToSeq, by: chat.people[1])

        #expect(row.seq == cursor)
        // Only a move is told to the participants.
        #expect(row.participants == (cursor > 2 ? chat.people : []))
    }

    @Test func readsAConversationWithoutMessages() async throws {
        let chat = try await ChatStoreFixture.direct()
        #expect(try await chat.read(by: chat.people[0]).seq == 0)
    }

    @Test func movesNothingForAUserWithoutAccess() async throws {
        let chat = try await ChatStoreFixture.direct()
        try await chat.send(from: chat.people[0])

        let row = try await chat.read(by: "stranger")

        #expect(row.access == .notAParticipant)
        #expect(row.participants.isEmpty)
        #expect(try await chat.read(by: chat.people[1], in: .random).access == .notFound)
    }

    @Test func publishesOnlyMovesOfTheCursor() async throws {
        let chat = try await ChatStoreFixture.direct()
        try await chat.send(from: chat.people[0])
        try await chat.read(by: chat.people[1])
        try await chat.read(by: chat.people[1])

        let subject = "messenger.change_feed.message.\(chat.conversation).readV1"
        #expect(try await chat.database.one(CountOutboxRows(subject: subject)) == 1)
    }

    @Test func countsUnreadMessagesAfterEveryStep() async throws {
        let chat = try await ChatStoreFixture.group(of: 3)
        let (alice, bob, carol) = (chat.people[0], chat.people[1], chat.people[2])

        try await expect(chat, unread: [0, 0, 0])
        try await chat.send(from: alice)
        try await expect(chat, unread: [0, 1, 1])
        try await chat.send(from: alice)
        try await chat.send(from: bob)
        try await expect(chat, unread: [1, 2, 3])
        try await chat.read(1, by: bob)
        try await expect(chat, unread: [1, 1, 3])
        try await chat.read(by: bob)
        try await expect(chat, unread: [1, 0, 3])
        try await chat.read(by: alice)
        try await expect(chat, unread: [0, 0, 3])
        try await chat.send(from: carol)
        try await expect(chat, unread: [1, 1, 3])
        try await chat.read(3, by: carol)
        try await expect(chat, unread: [1, 1, 0])
        try await chat.send(from: bob)
        try await expect(chat, unread: [2, 1, 1])
        for person in chat.people { try await chat.read(by: person) }
        try await expect(chat, unread: [0, 0, 0])
    }

    private func expect(
        _ chat: ChatStoreFixture,
        unread: [Int64],
        at location: SourceLocation = #_sourceLocation
    ) async throws {
        for (person, expected) in zip(chat.people, unread) {
            #expect(try await chat.listed(for: person)?.unreadCount == expected, sourceLocation: location)
        }
    }
}
