import ChatCore
import Redis
import TestSupport
import Testing

@testable import Connect
@testable import DefaultRoute
@testable import Disconnect
@testable import Heartbeat

struct ConnectTests {
    @Test func addsTheConnectionWithItsUser() async throws {
        let presence = Presence()
        let response = try await ConnectHandler(connections: presence.map)
            .handle(.connect(by: "alice", on: "phone"), context: .test)

        #expect(response == .ok)
        #expect(presence.added == ["connection:phone": "alice"])
    }

    @Test func refusesACallerWithoutAToken() async {
        let presence = Presence()
        await expectRefusal(.unauthorized) {
            _ = try await ConnectHandler(connections: presence.map).handle(.connect(by: nil), context: .test)
        }
        #expect(presence.redis.sent.isEmpty)
    }

    @Test func failsWithoutRedis() async {
        await #expect(throws: RedisError.self) {
            try await ConnectHandler(connections: Presence.unavailable.map)
                .handle(.connect(by: "alice"), context: .test)
        }
    }
}

struct DisconnectTests {
    @Test(arguments: ["alice", nil])
    func removesTheConnection(user: String?) async throws {
        let presence = Presence()
        presence.redis.answer(GetString.self) { $0.key == "connection:phone" ? "alice" : nil }
        let response = try await DisconnectHandler(connections: presence.map)
            .handle(.disconnect(by: user, on: "phone"), context: .test)

        #expect(response == .ok)
        #expect(presence.redis.sent(RemoveFromSortedSet.self).map(\.member) == ["phone"])
        #expect(presence.redis.sent(DeleteKey.self).map(\.key) == ["connection:phone"])
    }
}

struct HeartbeatTests {
    private func handle(_ body: String?, from user: String? = "alice", _ presence: Presence) async throws
        -> WebSocketResponse
    {
        try await HeartbeatHandler(connections: presence.map)
            .handle(.message(body, from: user, on: "phone"), context: .test)
    }

    @Test func renewsTheEntryWithoutAReply() async throws {
        let presence = Presence()
        #expect(try await handle(#"{"action":"heartbeat"}"#, presence) == .ok)
        #expect(presence.added == ["connection:phone": "alice"])
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
