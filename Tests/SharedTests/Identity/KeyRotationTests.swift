import FoundationEssentials
import Identity
import Testing

@Suite struct KeyRotationTests {
    private let old: SigningKeyPair
    private let new: SigningKeyPair
    private let issuer: TestIssuer
    private let source = StubKeySource()
    private let clock = ManualClock()
    private let verifier: TokenVerifier

    init() async throws {
        old = try await .ecdsa("old")
        new = try await .ecdsa("new")
        issuer = TestIssuer(keys: [old, new])
        try source.publish([old.published])
        let clock = clock
        verifier = TokenVerifier(issuer: TestIssuer.url, audiences: [], keySource: source, now: { clock.now })
    }

    @Test func fetchesKeysOnceOnFirstUse() async throws {
        #expect(source.fetches == 0)
        #expect(await code(of: old) == nil)
        #expect(await code(of: old) == nil)
        #expect(source.fetches == 1)
    }

    @Test func doesNotFetchKeysForAMalformedToken() async throws {
        #expect(await code(of: try issuer.token(by: old, header: ["alg": "none"])) == .invalid)
        #expect(source.fetches == 0)
    }

    @Test func fetchesKeysAgainForAnUnknownKey() async throws {
        #expect(await code(of: old) == nil)
        try source.publish([new.published])
        clock.advance(by: 30)
        #expect(await code(of: new) == nil)
        #expect(await code(of: old) == .invalid)
        #expect(source.fetches == 2)
    }

    @Test func fetchesAtMostEveryThirtySeconds() async throws {
        #expect(await code(of: old) == nil)
        for _ in 0..<10 {
            clock.advance(by: 2.5)
            #expect(await code(of: new) == .invalid)
        }
        #expect(source.fetches == 1)
        clock.advance(by: 5)
        #expect(await code(of: new) == .invalid)
        #expect(source.fetches == 2)
    }

    @Test func keepsKeysWhenAFetchFails() async throws {
        #expect(await code(of: old) == nil)
        source.fail()
        clock.advance(by: 30)
        #expect(await code(of: new) == .unavailable)
        #expect(await code(of: old) == nil)
        #expect(source.fetches == 2)
    }

    @Test func fetchesKeysAgainAfterHalfAnHour() async throws {
        #expect(await code(of: old) == nil)
        try source.publish([new.published])
        clock.advance(by: 1_700)
        #expect(await code(of: try token(of: old)) == nil)
        clock.advance(by: 100)
        #expect(await code(of: try token(of: old)) == .invalid)
        #expect(source.fetches == 2)
    }

    /// What the issuer answers once it has withdrawn its key: nothing, or no key set.
    @Test(arguments: [nil, "", "<html>Service Unavailable</html>", "{}"])
    func believesAKeyForAnHourAtMost(answer: String?) async throws {
        #expect(await code(of: old) == nil)
        if let answer { source.publish(text: answer) } else { source.fail() }
        for _ in 0..<7 {
            clock.advance(by: 500)
            #expect(await code(of: try token(of: old)) == nil)
        }
        clock.advance(by: 100)
        #expect(await code(of: try token(of: old)) == .unavailable)
        clock.advance(by: 86_400)
        #expect(await code(of: try token(of: old)) == .unavailable)

        try source.publish([old.published])
        clock.advance(by: 1)
        #expect(await code(of: try token(of: old)) == nil)
    }

    @Test func anIssuerThatIsDownForLessThanHalfAnHourChangesNothing() async throws {
        #expect(await code(of: old) == nil)
        clock.advance(by: 1_790)
        source.fail()
        for _ in 0..<60 {
            clock.advance(by: 30)
            #expect(await code(of: try token(of: old)) == nil)
        }
        try source.publish([old.published])
        clock.advance(by: 30)
        #expect(await code(of: try token(of: old)) == nil)
    }

    /// The issuer withdraws the key while it answers, so the answer is as old as the request.
    @Test func countsTheAgeOfKeysFromTheRequest() async throws {
        source.delay = { [clock] in clock.advance(by: 100) }
        #expect(await code(of: try token(of: old)) == nil)
        source.delay = {}
        source.fail()
        clock.advance(by: 3_490)
        #expect(await code(of: try token(of: old)) == nil)
        clock.advance(by: 20)
        #expect(await code(of: try token(of: old)) == .unavailable)
    }

    @Test func fetchesKeysAgainAfterTheClockWasSetBack() async throws {
        #expect(await code(of: old) == nil)
        try source.publish([new.published])
        clock.advance(by: -86_400)
        #expect(await code(of: try token(of: old)) == .invalid)
    }

    @Test func isUnavailableWithoutKeysAndRetriesAfterASecond() async throws {
        source.fail()
        #expect(await code(of: old) == .unavailable)
        #expect(await code(of: old) == .unavailable)
        #expect(source.fetches == 1)
        try source.publish([old.published])
        clock.advance(by: 1)
        #expect(await code(of: old) == nil)
    }

    @Test(arguments: ["", "[]", "{}", #"{"keys":{}}"#, "<html>"])
    func isUnavailableIfTheKeySetIsMalformed(text: String) async throws {
        source.publish(text: text)
        #expect(await code(of: old) == .unavailable)
    }

    @Test func ignoresUnknownKeys() async throws {
        let known = String(decoding: try json(old.published), as: UTF8.self)
        source.publish(
            text:
                #"{"keys":[{"kty":"AKP","alg":"ML-DSA-44"},{"kid":"old","kty":"RSA","alg":"RSA-OAEP","use":"enc"},7,{"kid":1},"#
                + #"\#(known)],"other":true}"#
        )
        #expect(await code(of: old) == nil)
    }

    @Test func sharesOneFetchBetweenConcurrentCallers() async throws {
        let token = try token(of: old)
        let codes = await withTaskGroup(of: IdentityError.Code?.self) { group in
            for _ in 0..<50 { group.addTask { await code(of: token) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(codes == Array(repeating: nil, count: 50))
        #expect(source.fetches == 1)
    }

    private func code(of key: SigningKeyPair) async -> IdentityError.Code? {
        do {
            return await code(of: try token(of: key))
        } catch {
            Issue.record(error)
            return nil
        }
    }

    private func code(of token: String) async -> IdentityError.Code? {
        do {
            _ = try await verifier.verify(token)
            return nil
        } catch {
            return error.code
        }
    }

    private func token(of key: SigningKeyPair) throws -> String {
        try issuer.token(by: key, claims: ["exp": .integer(Int64(clock.now.timeIntervalSince1970) + 60)])
    }
}
