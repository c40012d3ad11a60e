import ChatCore
import Connections
import RateLimits
import Redis
import TestSupport
import Testing

@testable import Connect
@testable import DefaultRoute
@testable import Disconnect
@testable import Heartbeat

struct ConnectTests {
    let connections = RecordingConnections()

    private func handle(_ event: WebSocketEvent, _ presence: Presence, maximum: Int = 2) async throws
        -> WebSocketResponse
    {
        let handler = ConnectHandler(
            connections: presence.map,
            limiter: presence.limiter,
            sender: connections,
            maximum: maximum
        )
        return try await handler.handle(event, context: .test)
    }

    @Test func entersTheConnection() async throws {
        let presence = Presence()
        #expect(try await handle(.connect(by: "alice", on: "phone"), presence) == .ok)

        let entry = try #require(presence.redis.sent(EnterConnection.self).first)
        #expect(entry.connection == "phone")
        #expect(entry.validityKey == "user:{alice}:connections")
        #expect(entry.maximum == 2)
        #expect(presence.charged == ["rate:{alice}:connect"])
        #expect(connections.closed.isEmpty)
    }

    @Test func closesTheOldestConnectionsInExcess() async throws {
        let presence = Presence()
        presence.redis.answer(EnterConnection.self) { _ in ["old", "older"] }
        #expect(try await handle(.connect(by: "alice", on: "phone"), presence) == .ok)
        #expect(connections.closed == ["old", "older"])
    }

    @Test func acceptsTheConnectionEvenIfAnotherOneCannotBeClosed() async throws {
        let presence = Presence()
        presence.redis.answer(EnterConnection.self) { _ in ["old"] }
        connections.answer("old", with: .failed(reason: "500"))
        #expect(try await handle(.connect(by: "alice"), presence) == .ok)
    }

    @Test func refusesAUserWhoConnectsTooOften() async throws {
        let presence = Presence()
        presence.redis.answer(TakeToken.self) { _ in 1500 }
        await expectRefusal(.rateLimited) { _ = try await handle(.connect(by: "alice", on: "phone"), presence) }
        #expect(presence.entered.isEmpty)
        #expect(connections.closed.isEmpty)
    }

    @Test func refusesACallerWithoutAToken() async {
        let presence = Presence()
        await expectRefusal(.unauthorized) { _ = try await handle(.connect(by: nil), presence) }
        #expect(presence.redis.sent.isEmpty)
    }

    @Test func failsWithoutRedis() async {
        await #expect(throws: RedisError.self) { try await handle(.connect(by: "alice"), .unavailable) }
    }

    @Test(arguments: [(nil, 32), ("5", 5), ("0", nil), ("-1", nil), ("x", nil)] as [(String?, Int?)])
    func readsTheMaximum(text: String?, maximum: Int?) {
        let environment = Environment(text.map { ["CONNECTIONS_PER_USER": $0] } ?? [:])
        #expect((try? ConnectHandler.maximum(environment: environment)) == maximum)
    }
}

struct DisconnectTests {
    /// The token may have expired since.
    @Test(arguments: [farFuture, 1])
    func removesTheConnection(expiry: Int64) async throws {
        let presence = Presence()
        var event = WebSocketEvent.disconnect(by: "alice", on: "phone")
        event.requestContext = .test("$disconnect", .disconnect, user: "alice", connection: "phone", expiry: expiry)
        let response = try await DisconnectHandler(connections: presence.map).handle(event, context: .test)

        #expect(response == .ok)
        #expect(
            presence.redis.sent == [
                ["ZREM", "user:{alice}:connections", "phone"], ["ZREM", "user:{alice}:opened", "phone"],
            ]
        )
    }
}

struct HeartbeatTests {
    private func handle(_ body: String?, from user: String? = "alice", _ presence: Presence) async throws
        -> WebSocketResponse
    {
        try await HeartbeatHandler(connections: presence.map, limiter: presence.limiter)
            .handle(.message(body, from: user, on: "phone"), context: .test)
    }

    @Test func entersTheConnectionWithoutAReply() async throws {
        let presence = Presence()
        #expect(try await handle(#"{"action":"heartbeat"}"#, presence) == .ok)
        #expect(presence.entered == ["phone"])
        #expect(presence.redis.roundTrips == 1)
    }

    @Test(arguments: ["r1", ""])
    func repliesToARequestWithAnID(name: String) async throws {
        let response = try await handle(#"{"action":"heartbeat","requestId":"\#(name)"}"#, Presence())
        #expect(try JSON(#require(response.body)) == ["type": "heartbeat", "requestId": .string(name)])
    }

    @Test(arguments: [#"{"requestId":7}"#, "[]", "{"])
    func refusesInvalidRequests(body: String) async {
        let presence = Presence()
        await expectRefusal(.invalidRequest) { _ = try await handle(body, presence) }
        #expect(presence.redis.sent.isEmpty)
    }

    @Test func refusesAUserWhoSendsTooMany() async {
        let presence = Presence()
        presence.redis.answer(TakeToken.self) { _ in 1500 }
        await expectRefusal(.rateLimited) { _ = try await handle("{}", presence) }
    }

    @Test func refusesACallerWithoutAToken() async {
        await expectRefusal(.unauthorized) { _ = try await handle("{}", from: nil, Presence()) }
    }

    @Test func failsWithoutRedis() async {
        await #expect(throws: RedisError.self) { try await handle("{}", .unavailable) }
    }
}

struct DefaultRouteTests {
    @Test(arguments: ["{}", #"{"action":"fly"}"#, #"{"action":7}"#, #"{"action":null}"#])
    func namesTheKnownActions(body: String) async {
        let actions = DefaultRouteHandler.actions.map { "`\($0)`" }.joined(separator: ", ")
        await expectRefusal(.unknownAction, "`action` must be one of \(actions).") {
            _ = try await DefaultRouteHandler().handle(.message(body), context: .test)
        }
    }

    @Test(arguments: [
        ("{", "The request must be valid JSON."), ("hello", "The request must be valid JSON."),
        ("", "The request must be valid JSON."), ("[]", "The request must be a JSON object."),
        ("null", "The request must be a JSON object."), (#""x""#, "The request must be a JSON object."),
    ])
    func refusesABodyThatIsNotAnObject(body: String, message: String) async {
        await expectRefusal(.invalidRequest, message) {
            _ = try await DefaultRouteHandler().handle(.message(body), context: .test)
        }
    }

    /// JSON that API Gateway cannot parse, so it selects the default route; Foundation's decoder accepts some of it.
    @Test(arguments: [
        #"{"action":"send-message","x":1e400}"#, #"{"action":"heartbeat","requestId":"\ud800"}"#,
        #"{"action":"heartbeat","x":01}"#,
    ])
    func refusesAKnownActionInInvalidJSON(body: String) async {
        await expectRefusal(.invalidRequest, "The request must be valid JSON.") {
            _ = try await DefaultRouteHandler().handle(.message(body), context: .test)
        }
    }
}
