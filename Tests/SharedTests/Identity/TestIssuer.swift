import FoundationEssentials
public import Identity
import Synchronization

/// Signs tokens, and publishes its keys.
struct TestIssuer: Sendable {
    static let url = "https://issuer.example"
    /// 2026-11-21T20:39:16Z
    static let now = Date(timeIntervalSince1970: 1_795_293_556)

    var keys: [SigningKeyPair]

    /// A valid token with the given changes. Nil removes a header or claim.
    func token(
        by key: SigningKeyPair? = nil,
        header changedHeader: [String: ClaimValue?] = [:],
        claims changedClaims: [String: ClaimValue?] = [:]
    ) throws -> String {
        let key = key ?? keys[0]
        var header: [String: ClaimValue] = [
            "alg": .string(key.algorithm), "kid": .string(key.identifier), "typ": "JWT",
        ]
        var claims: [String: ClaimValue] = [
            "iss": .string(Self.url), "sub": "alice", "aud": "chat",
            "exp": .integer(Int64(Self.now.timeIntervalSince1970) + 3_600),
        ]
        for (name, value) in changedHeader { header[name] = value }
        for (name, value) in changedClaims { claims[name] = value }
        let signed = "\(base64URL(try json(header))).\(base64URL(try json(claims)))"
        return "\(signed).\(base64URL(try key.sign(Array(signed.utf8))))"
    }

    func verifier(audiences: [String] = ["chat"], now: @escaping @Sendable () -> Date = { Self.now }) throws
        -> TokenVerifier
    {
        let source = StubKeySource()
        try source.publish(keys.map(\.published))
        return TokenVerifier(issuer: Self.url, audiences: audiences, keySource: source, now: now)
    }
}

extension ClaimValue: ExpressibleByStringLiteral {
    public init(stringLiteral value: String) { self = .string(value) }
}

/// Returns the published key set, and counts the fetches.
final class StubKeySource: KeySource {
    private struct State {
        var answer: Result<[UInt8], IdentityError> = .failure(IdentityError(.unavailable, "Nothing is published."))
        var fetches = 0
        var delay: @Sendable () -> Void = {}
    }

    private let state = Mutex(State())

    var fetches: Int { state.withLock { $0.fetches } }

    /// Runs during a fetch.
    var delay: @Sendable () -> Void {
        get { state.withLock { $0.delay } }
        set { state.withLock { $0.delay = newValue } }
    }

    func publish(_ keys: [[String: String]]) throws {
        let document = try json(["keys": keys])
        state.withLock { $0.answer = .success(document) }
    }

    func publish(text: String) {
        state.withLock { $0.answer = .success(Array(text.utf8)) }
    }

    func fail() {
        state.withLock { $0.answer = .failure(IdentityError(.unavailable, "It is down.")) }
    }

    func fetchKeySet() async throws(IdentityError) -> [UInt8] {
        let answer = state.withLock { state in
            state.fetches += 1
            return state.answer
        }
        delay()
        // Lets other tasks arrive during the fetch.
        await Task.yield()
        return try answer.get()
    }
}

/// A clock that only ``advance(by:)`` moves.
final class ManualClock: Sendable {
    private let time = Mutex(TestIssuer.now)
    var now: Date { time.withLock { $0 } }
    func advance(by seconds: TimeInterval) { time.withLock { $0 += seconds } }
}
