import ChatStore
import Connections
import FileCredentials
import Messages
import RateLimits
import Redis
import TestSupport
import Testing

@testable import ReadMessages
@testable import SendMessage

/// What the two functions that push have in common: rates, expired tokens, large audiences.
struct MessageLimitTests {
    enum Action: CaseIterable { case send, read }

    let database = StubDatabase()
    let presence = Presence(["alice": ["phone"], "bob": ["desk"]])
    let connections = RecordingConnections()

    init() { answer(recipients: ["alice", "bob"]) }

    private func answer(recipients: [UserID]) {
        database.answer(MoveCursor.self) { _ in
            [MoveCursor.Row(access: .granted, seq: 5, participants: recipients)]
        }
        database.answer(StoreMessage.self) { statement in
            let message = StoreMessage.Stored(id: statement.id, seq: 7, sentAt: sentAt, recipients: recipients)
            return [StoreMessage.Row(access: .granted, message: message)]
        }
    }

    private func broadcaster(sleep: @escaping @Sendable (Duration) async throws -> Void = { _ in }) -> Broadcaster {
        Broadcaster(map: presence.map, sender: connections, limiter: presence.limiter, sleep: sleep)
    }

    private func handle(
        _ action: Action,
        expiry: Int64 = farFuture,
        _ broadcaster: Broadcaster,
        body: String? = nil
    ) async throws -> WebSocketResponse {
        let valid = #"{"conversationId":"\#(conversation)","content":"hi","tempMessageId":"t"}"#
        let event = WebSocketEvent.message(body ?? valid, from: "alice", on: "phone", expiry: expiry)
        return switch action {
        case .send:
            try await SendMessageHandler(database: database, broadcaster: broadcaster, fileURLs: .example)
                .handle(event, context: .test)
        case .read:
            try await ReadMessagesHandler(database: database, broadcaster: broadcaster)
                .handle(event, context: .test)
        }
    }

    @Test(arguments: Action.allCases)
    func refusesAUserWhoHasToWaitWithoutARoundTrip(action: Action) async throws {
        presence.redis.answer(TakeToken.self) { _ in 60_000 }
        let broadcaster = broadcaster()
        #expect(try await handle(action, broadcaster).statusCode == 200)

        let error = await #expect(throws: ChatError.self) { _ = try await handle(action, broadcaster) }
        #expect(error?.code == .rateLimited)
        #expect((1...60_000).contains(error?.retryAfterMilliseconds ?? 0))
        #expect(presence.redis.roundTrips == 1)
    }

    @Test(arguments: Action.allCases)
    func disconnectsAClientThatKeepsSendingWhileItHasToWait(action: Action) async throws {
        presence.redis.answer(TakeToken.self) { _ in 60_000 }
        let broadcaster = broadcaster()
        _ = try await handle(action, broadcaster)
        for refusal in 1...300 {
            await expectRefusal(.rateLimited) { _ = try await handle(action, broadcaster) }
            #expect(connections.closed.count == max(0, refusal - 200))
        }
        #expect(Set(connections.closed) == ["phone"])
        #expect(presence.redis.roundTrips == 1)
    }

    @Test(arguments: Action.allCases, ["{", "[]", "{}", #"{"conversationId":"x"}"#])
    func chargesInvalidRequests(action: Action, body: String) async throws {
        presence.redis.answer(TakeToken.self) { _ in 60_000 }
        let broadcaster = broadcaster()
        for code in [ChatError.Code.invalidRequest, .rateLimited] {
            await expectRefusal(code) { _ = try await handle(action, broadcaster, body: body) }
        }
        #expect(presence.charged.count == 1)
        #expect(database.isUntouched)
    }

    @Test(arguments: Action.allCases)
    func refusesAConnectionWhoseTokenHasExpired(action: Action) async {
        await expectRefusal(.unauthorized) { _ = try await handle(action, expiry: 1, broadcaster()) }
        #expect(database.isUntouched)
        #expect(connections.posts.isEmpty)
    }

    @Test(arguments: Action.allCases)
    func acceptsAConnectionThatWasExtendedAndAsksOnlyOnce(action: Action) async throws {
        presence.redis.answer(SortedSetScore.self) { _ in farFuture * 1000 }
        let broadcaster = broadcaster()
        for _ in 1...2 { #expect(try await handle(action, expiry: 1, broadcaster).statusCode == 200) }
        #expect(
            presence.redis.sent(SortedSetScore.self).map(\.arguments) == [
                ["ZSCORE", "user:{alice}:connections", "phone"]
            ]
        )
    }

    @Test(arguments: Action.allCases)
    func postsTheReplyAtOnceIfThereAreManyRecipients(action: Action) async throws {
        answer(recipients: (0..<Broadcaster.largeAudience).map { UserID(rawValue: "user\($0)") } + ["bob"])
        let response = try await handle(action, broadcaster())
        #expect(response == .ok)
        let replies = connections.posts.filter { $0.connections == ["phone"] }
        #expect(
            try replies.map { try JSON($0.payload)["type"] } == [action == .send ? "message-sent" : "messages-read"]
        )
        #expect(connections.posts.contains { $0.connections == ["desk"] })
    }

    /// API Gateway posts at most 128 KB.
    @Test(arguments: ["\u{1}", "\"", "😀"])
    func postsAtMostWhatAPIGatewayAllows(character: String) async throws {
        let files = (0..<10).map { _ in
            AttachedFile(
                id: IdentifierGenerator.version7.next(.text),
                size: .max,
                name: String(repeating: character, count: 255),
                width: 4096,
                height: 4096
            )
        }
        database.answer(StoreMessage.self) { statement in
            var message = StoreMessage.Stored(id: statement.id, seq: .max, sentAt: sentAt, recipients: ["bob"])
            message.files = files
            return [StoreMessage.Row(access: .granted, message: message)]
        }
        let content = String(repeating: character == "😀" ? character : "\\u0001", count: 4096)
        let sender = String(repeating: "\\", count: 128)
        let body =
            #"{"conversationId":"\#(conversation)","content":"\#(content)","tempMessageId":"\#(content.prefix(6))"}"#
        var event = WebSocketEvent.message(body, from: sender, on: "phone")
        event.requestContext.connectionId = "phone"
        _ = try await SendMessageHandler(database: database, broadcaster: broadcaster(), fileURLs: .example)
            .handle(event, context: .test)
        let largest = try #require(connections.posts.map(\.payload.utf8.count).max())
        #expect(largest < 131_072)
    }

    /// A reply that cannot be posted is returned.
    @Test(arguments: [Delivery.gone, .failed(reason: "500")])
    func returnsAReplyThatCannotBePosted(delivery: Delivery) async throws {
        answer(recipients: (0..<Broadcaster.largeAudience).map { UserID(rawValue: "user\($0)") })
        connections.answer("phone", with: delivery)
        let response = try await handle(.send, broadcaster())
        #expect(try JSON(#require(response.body))["type"] == "message-sent")
    }

    @Test(arguments: Action.allCases)
    func returnsTheReplyIfThePushesAreFast(action: Action) async throws {
        let broadcaster = broadcaster(sleep: pauseUntilCancelled)
        let response = try await handle(action, broadcaster)
        #expect(response.body != nil)
        #expect(connections.posts.map(\.connections) == [["phone", "desk"]])
    }
}
