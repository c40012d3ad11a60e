import ChatStore
import Connections
import RateLimits
import TestSupport
import Testing

@testable import ReadMessages

struct ReadMessagesTests {
    let database = StubDatabase()
    let presence = Presence(["alice": ["phone"], "bob": ["desk"]])
    let connections = RecordingConnections()

    init() {
        database.answer(MoveCursor.self) { _ in
            [MoveCursor.Row(access: .granted, seq: 5, participants: ["alice", "bob"])]
        }
    }

    private func handle(_ body: String?, from user: String? = "alice", presence: Presence? = nil) async throws -> JSON {
        let handler = ReadMessagesHandler(
            database: database,
            broadcaster: Broadcaster(
                map: (presence ?? self.presence).map,
                sender: connections,
                limiter: self.presence.limiter,
                sleep: pauseUntilCancelled
            )
        )
        let response = try await handler.handle(.message(body, from: user, on: "phone"), context: .test)
        return try JSON(#require(response.body))
    }

    @Test func repliesWithTheCursorAndPushesItToEveryParticipant() async throws {
        let reply = try await handle(#"{"conversationId":"\#(conversation)","upToSeq":9,"requestId":"r"}"#)

        #expect(reply == ["type": "messages-read", "conversationId": "\(conversation)", "seq": 5, "requestId": "r"])
        #expect(database.ran(MoveCursor.self).map(\.upToSeq) == [9])
        let post = try #require(connections.posts.first)
        #expect(post.connections == ["phone", "desk"])
        let expected: JSON = [
            "type": "read-messages", "conversationId": "\(conversation)", "userId": "alice", "seq": 5,
        ]
        #expect(try JSON(post.payload) == expected)
        #expect(presence.entered == ["phone"])
        #expect(presence.charged == ["rate:{alice}:read-messages"])
        #expect(presence.redis.roundTrips == 1)
    }

    @Test(arguments: ["", #","upToSeq":null"#])
    func readsEverythingByDefault(field: String) async throws {
        _ = try await handle(#"{"conversationId":"\#(conversation)"\#(field)}"#)
        #expect(database.ran(MoveCursor.self).map(\.upToSeq) == [nil])
    }

    @Test func repliesEvenIfThePushFails() async throws {
        let reply = try await handle(#"{"conversationId":"\#(conversation)"}"#, presence: .unavailable)
        #expect(reply["seq"] == 5)
    }

    @Test func tellsOnlyTheCallerIfTheCursorHasNotMoved() async throws {
        database.answer(MoveCursor.self) { _ in [MoveCursor.Row(access: .granted, seq: 5, participants: [])] }
        let reply = try await handle(#"{"conversationId":"\#(conversation)"}"#)
        #expect(reply == ["type": "messages-read", "conversationId": "\(conversation)", "seq": 5])
        #expect(connections.posts.isEmpty)
        #expect(presence.charged == ["rate:{alice}:read-messages"])
    }

    @Test(arguments: ["-1", "1.5", "\"1\"", "9223372036854775808", "1e30", "true", "[]"])
    func refusesAPositionThatIsNotAWholeNumber(upToSeq: String) async {
        await expectRefusal(.invalidRequest, "`upToSeq` must be a whole number of at least 0.") {
            _ = try await handle(#"{"conversationId":"\#(conversation)","upToSeq":\#(upToSeq)}"#)
        }
        #expect(database.isUntouched)
    }

    @Test(arguments: ["{}", #"{"conversationId":"x"}"#, #"{"conversationId":7}"#, "[]", "{"])
    func refusesInvalidRequests(body: String) async {
        await expectRefusal(.invalidRequest) { _ = try await handle(body) }
        #expect(database.isUntouched)
    }

    @Test(arguments: [(ConversationAccess.notAParticipant, ChatError.Code.notAParticipant), (.notFound, .notFound)])
    func pushesNothingForAUserWithoutAccess(access: ConversationAccess, code: ChatError.Code) async {
        database.answer(MoveCursor.self) { _ in [MoveCursor.Row(access: access, seq: 0, participants: [])] }
        await expectRefusal(code) { _ = try await handle(#"{"conversationId":"\#(conversation)"}"#) }
        #expect(connections.posts.isEmpty)
    }

    @Test func refusesACallerWithoutAToken() async {
        await expectRefusal(.unauthorized) {
            _ = try await handle(#"{"conversationId":"\#(conversation)"}"#, from: nil)
        }
        #expect(database.isUntouched)
    }
}
