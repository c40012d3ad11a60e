import Authentication
import Connections
import FoundationEssentials
import Identity
import RateLimits
import TestSupport
import Testing

@testable import Authenticate

struct AuthenticateTests {
    let presence = Presence()

    private func handle(_ body: String, expiry: Int64 = farFuture, failure: IdentityError? = nil) async throws -> JSON {
        let handler = AuthenticateHandler(
            authenticator: TokenAuthenticator(by: .subject) { _ in if let failure { throw failure } },
            connections: presence.map,
            limiter: presence.limiter
        )
        var event = WebSocketEvent.message(body, from: "alice", on: "phone", expiry: expiry)
        // API Gateway closes the connection two hours later.
        event.requestContext.connectedAt = 1_800_000_000_000
        return try JSON(#require(try await handler.handle(event, context: .test).body))
    }

    private func request(_ claims: String) -> String {
        #"{"action":"authenticate","token":"\#(unsignedToken(claims))","requestId":"r"}"#
    }

    /// The old token may have expired.
    @Test(arguments: [farFuture, 1])
    func extendsTheConnection(expiry: Int64) async throws {
        let reply = try await handle(request(#"{"sub":"alice","exp":1800003600}"#), expiry: expiry)
        #expect(reply == ["type": "authenticated", "expiresAt": "2027-01-15T09:00:00.000Z", "requestId": "r"])
        let entry = try #require(presence.redis.sent(EnterConnection.self).first)
        #expect(entry.connection == "phone")
        // With the leeway.
        #expect(entry.validUntil == 1_800_003_660_000)
        #expect(presence.charged == ["rate:{alice}:authenticate"])
    }

    /// No entry outlives what API Gateway allows.
    @Test(arguments: [1_800_007_501, farFuture, 1 << 52] as [Int64])
    func limitsTheExtension(expiry: Int64) async throws {
        _ = try await handle(request(#"{"sub":"alice","exp":\#(expiry)}"#))
        #expect(presence.redis.sent(EnterConnection.self).map(\.validUntil) == [1_800_007_500_000])
    }

    @Test(arguments: [
        #"{"sub":"bob","exp":1800003600}"#, #"{"sub":"Alice","exp":1800003600}"#,
        #"{"sub":["alice"],"exp":1800003600}"#,
        #"{"sub":"alice"}"#, "{}",
    ])
    func refusesATokenOfAnotherUser(claims: String) async {
        await expectRefusal(.unauthorized) { _ = try await handle(request(claims)) }
        #expect(presence.entered.isEmpty)
    }

    @Test func refusesATokenThatIsNotValid() async {
        await expectRefusal(.unauthorized) {
            _ = try await handle(
                request(#"{"sub":"alice","exp":1800003600}"#),
                failure: IdentityError(.invalid, "The signature does not match.")
            )
        }
        #expect(presence.entered.isEmpty)
    }

    @Test func failsIfTheIssuerDoesNotRespond() async {
        await #expect(throws: IdentityError.self) {
            try await handle(
                request(#"{"sub":"alice","exp":1800003600}"#),
                failure: IdentityError(.unavailable, "No keys.")
            )
        }
    }

    @Test func refusesAUserWhoSendsTooManyTokens() async {
        presence.redis.answer(TakeToken.self) { _ in 1000 }
        await expectRefusal(.rateLimited) { _ = try await handle(request(#"{"sub":"alice","exp":1800003600}"#)) }
    }

    @Test(arguments: ["{}", #"{"token":7}"#, #"{"token":""}"#, "[]", "{"])
    func refusesInvalidRequests(body: String) async {
        await expectRefusal(.invalidRequest) { _ = try await handle(body) }
        #expect(presence.redis.sent.isEmpty)
    }
}
