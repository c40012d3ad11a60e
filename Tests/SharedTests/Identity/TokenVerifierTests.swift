import ByteEncodings
import Crypto
import FoundationEssentials
import Identity
import JWTKit
import Testing

@Suite struct TokenVerifierTests {
    private let issuer: TestIssuer

    init() async throws {
        issuer = TestIssuer(keys: [try await .ecdsa("ec"), try await .eddsa("ed")])
    }

    // MARK: Valid tokens

    @Test func acceptsEverySupportedAlgorithm() async throws {
        let issuer = TestIssuer(keys: [
            try await .rsa("rsa"), try await .rsa("rsa-384", digest: .sha384),
            try await .rsa("rsa-512", digest: .sha512),
            try await .ecdsa("ec"), try await .eddsa("ed"),
        ])
        let verifier = try issuer.verifier()
        for key in issuer.keys {
            let token = try await verifier.verify(issuer.token(by: key))
            #expect(token.subject == "alice", "\(key.algorithm)")
        }
        #expect(issuer.keys.map(\.algorithm) == ["RS256", "RS384", "RS512", "ES256", "EdDSA"])
    }

    @Test func decodesTheClaims() async throws {
        let token = try await issuer.verifier().verify(
            issuer.token(claims: [
                "cognito:username": "Alice", "scope": "chat.read chat.write", "groups": .array(["a", "b"]),
                "nested": .object(["flag": .boolean(true), "nothing": .null, "ratio": .number(0.5)]),
            ])
        )
        #expect(token.claims["cognito:username"] == "Alice")
        #expect(token.subject == "alice")
        #expect(token.scopes == ["chat.read", "chat.write"])
        #expect(token.claims["groups"] == .array(["a", "b"]))
        #expect(
            token.claims["nested"] == .object(["flag": .boolean(true), "nothing": .null, "ratio": .number(0.5)])
        )
    }

    @Test(arguments: [
        (["scp": ClaimValue.array(["a", "b"])], ["a", "b"]), (["scp": "a b"], ["a", "b"]), ([:], []),
        (["scope": ""], []), (["scp": .array([.integer(1)])], []),
    ])
    func decodesScopes(claims: [String: ClaimValue], scopes: [String]) async throws {
        #expect(try await issuer.verifier().verify(issuer.token(claims: claims)).scopes == scopes)
    }

    @Test func acceptsATokenWithoutAKeyIdentifierIfOneKeyFits() async throws {
        #expect(try await issuer.verifier().verify(issuer.token(header: ["kid": nil])).subject == "alice")

        let two = TestIssuer(keys: [try await .ecdsa("1"), try await .ecdsa("2")])
        #expect(await code(of: try two.token(header: ["kid": nil]), try two.verifier()) == .invalid)
    }

    // MARK: Times

    @Test(arguments: [
        ("exp", -59, true), ("exp", -60, false), ("exp", -61, false), ("nbf", 60, true), ("nbf", 61, false),
        ("nbf", -1_000, true), ("iat", 1_000, true),
    ])
    func allowsAMinuteOfClockSkew(claim: String, offset: Int64, isAccepted: Bool) async throws {
        let time = ClaimValue.integer(Int64(TestIssuer.now.timeIntervalSince1970) + offset)
        let result = await code(of: try issuer.token(claims: [claim: time]), try issuer.verifier())
        #expect(result == (isAccepted ? nil : .invalid))
    }

    @Test(arguments: [nil, "1795297156", .null, .boolean(true)] as [ClaimValue?])
    func rejectsATokenWithoutExpiry(value: ClaimValue?) async throws {
        #expect(await code(of: try issuer.token(claims: ["exp": value]), try issuer.verifier()) == .invalid)
    }

    @Test func acceptsFractionsOfASecond() async throws {
        let time = ClaimValue.number(TestIssuer.now.timeIntervalSince1970 + 0.5)
        #expect(await code(of: try issuer.token(claims: ["exp": time, "nbf": time]), try issuer.verifier()) == nil)
    }

    @Test func rejectsANotBeforeThatIsNotANumber() async throws {
        #expect(await code(of: try issuer.token(claims: ["nbf": "now"]), try issuer.verifier()) == .invalid)
    }

    // MARK: Issuer and audience

    @Test(arguments: [
        nil, "https://issuer.example/", "https://other.example", ClaimValue.array(["https://issuer.example"]),
    ])
    func rejectsAnotherIssuer(value: ClaimValue?) async throws {
        #expect(await code(of: try issuer.token(claims: ["iss": value]), try issuer.verifier()) == .invalid)
    }

    @Test(
        arguments: [
            (["aud": .array(["other", "chat"])], true), (["aud": "files"], true), (["aud": "other"], false),
            (["aud": .array([])], false), (["aud": nil], false), (["aud": nil, "client_id": "chat"], true),
            (["aud": nil, "client_id": "other"], false), (["aud": "other", "client_id": "chat"], false),
            (["aud": .array(["chat", .integer(1)])], false),
        ] as [([String: ClaimValue?], Bool)]
    )
    func checksTheAudience(claims: [String: ClaimValue?], isAccepted: Bool) async throws {
        let verifier = try issuer.verifier(audiences: ["chat", "files"])
        #expect(await code(of: try issuer.token(claims: claims), verifier) == (isAccepted ? nil : .invalid))
    }

    @Test(arguments: [nil, "unknown"] as [ClaimValue?])
    func acceptsAnyAudienceIfNoneIsConfigured(value: ClaimValue?) async throws {
        #expect(await code(of: try issuer.token(claims: ["aud": value]), try issuer.verifier(audiences: [])) == nil)
    }

    // MARK: Attacks

    @Test(arguments: [
        "none", "None", "NONE", "nOnE", "", "HS256", "HS384", "HS512", "hs256", "rs256", "es256", "RS256 ", "PS256",
    ])
    func rejectsOtherAlgorithmsRegardlessOfTheSignature(name: String) async throws {
        let verifier = try issuer.verifier()
        #expect(await code(of: try issuer.token(header: ["alg": .string(name)]), verifier) == .invalid)
        let unsigned =
            try issuer.token(header: ["alg": .string(name)]).split(separator: ".").prefix(2)
            .joined(separator: ".") + "."
        #expect(await code(of: unsigned, verifier) == .invalid)
    }

    @Test(arguments: [nil, .null, .array(["ES256"]), .integer(256)] as [ClaimValue?])
    func rejectsAHeaderWithoutAlgorithm(value: ClaimValue?) async throws {
        #expect(await code(of: try issuer.token(header: ["alg": value]), try issuer.verifier()) == .invalid)
    }

    @Test(arguments: ["HS256", "RS256"])
    func rejectsAPublicKeyUsedAsASecret(name: String) async throws {
        let issuer = TestIssuer(keys: [try await .rsa("rsa")])
        let verifier = try issuer.verifier()
        let parts = try issuer.token(header: ["alg": .string(name)]).split(separator: ".")
        let signed = "\(parts[0]).\(parts[1])"
        let modulus = issuer.keys[0].published["n"] ?? ""
        for secret in [Array(modulus.utf8), try json(issuer.keys[0].published)] {
            let code = HMAC<SHA256>.authenticationCode(for: Array(signed.utf8), using: SymmetricKey(data: secret))
            #expect(await self.code(of: "\(signed).\(base64URL(code))", verifier) == .invalid)
        }
    }

    @Test func rejectsASymmetricKeyEvenIfPublished() async throws {
        let source = StubKeySource()
        try source.publish([["kty": "oct", "kid": "ec", "k": "c2VjcmV0", "alg": "HS256"]])
        let verifier = TokenVerifier(issuer: TestIssuer.url, audiences: [], keySource: source, now: { TestIssuer.now })
        #expect(await code(of: try issuer.token(header: ["alg": "HS256"]), verifier) == .invalid)
    }

    @Test(arguments: ["jwk", "jku", "x5c", "x5u"])
    func ignoresKeysInTheTokensHeader(name: String) async throws {
        let unknownKey = try await SigningKeyPair.ecdsa("ec")
        let value: ClaimValue =
            switch name {
            case "jwk": .object(unknownKey.published.mapValues(ClaimValue.string))
            case "x5c": .array([.string("MIIB")])
            default: "https://attacker.example/keys"
            }
        let verifier = try issuer.verifier()
        #expect(await code(of: try issuer.token(by: unknownKey, header: [name: value]), verifier) == .invalid)
        #expect(await code(of: try issuer.token(header: [name: value]), verifier) == nil)
    }

    @Test(arguments: [ClaimValue.array(["exp"]), .array([]), .null])
    func rejectsCriticalExtensions(value: ClaimValue) async throws {
        #expect(await code(of: try issuer.token(header: ["crit": value]), try issuer.verifier()) == .invalid)
    }

    @Test func rejectsAnAlgorithmThatDoesNotMatchTheKey() async throws {
        let verifier = try issuer.verifier()
        for (kid, algorithm) in [("ec", "EdDSA"), ("ed", "ES256"), ("ec", "ES384"), ("ec", "RS256")] {
            let token = try issuer.token(header: ["kid": .string(kid), "alg": .string(algorithm)])
            #expect(await code(of: token, verifier) == .invalid)
        }
    }

    @Test(arguments: [["use": "enc"], ["alg": "RSA-OAEP"], ["alg": "ES384"], ["crv": "P-384"]])
    func rejectsAKeyForAnotherPurpose(change: [String: String]) async throws {
        var issuer = issuer
        issuer.keys[0].published.merge(change) { $1 }
        #expect(await code(of: try issuer.token(), try issuer.verifier()) == .invalid)
    }

    @Test func rejectsAWeakKey() async throws {
        let modulus =
            "c43b5fb6d7e160b3570a8c3b66d76250afc1e1ea8dfde697c90012b9addfddcc03bff27c4c389e49569d67dce3519f71"
            + "276720362a32e4b421a5bdbafafd3912d6844418553b0a5144161e0bcecc07f875819c29fe467d7907501bfd4d4344ea"
            + "8a1011fef3995aea59c52cd5f0932e9fbb1328be76bd9627568260176c59e6b3"
        let bytes = try #require(Hexadecimal.decode(modulus))
        let source = StubKeySource()
        try source.publish([["kty": "RSA", "kid": "ec", "n": base64URL(bytes), "e": "AQAB"]])
        let verifier = TokenVerifier(issuer: TestIssuer.url, audiences: [], keySource: source, now: { TestIssuer.now })
        let error = await failure(of: try issuer.token(header: ["alg": "RS256"]), verifier)
        #expect(error == IdentityError(.invalid, "The token is signed with a key that is malformed or too weak."))
    }

    @Test(arguments: 0..<3)
    func rejectsATokenWithAChangedPart(part: Int) async throws {
        var parts = try issuer.token().split(separator: ".").map(String.init)
        let other = try issuer.token(header: ["x": "y"], claims: ["sub": "mallory"]).split(separator: ".").map(
            String.init
        )
        parts[part] = other[part]
        #expect(await code(of: parts.joined(separator: "."), try issuer.verifier()) == .invalid)
    }

    @Test func rejectsASignatureWithAnUnknownKey() async throws {
        let unknownKey = try await SigningKeyPair.ecdsa("ec")
        #expect(await code(of: try issuer.token(by: unknownKey), try issuer.verifier()) == .invalid)
    }

    @Test(arguments: [
        "", ".", "..", "...", "a.b.c", "Bearer x", "e30.e30.", "e30.e30.e30.e30", "💩.💩.💩", "eyJhbGciOiJFUzI1NiJ9..AA",
        "W10.e30.AA", "eyJ.e30.AA",
    ])
    func rejectsMalformedTokens(text: String) async throws {
        #expect(await code(of: text, try issuer.verifier()) == .invalid)
    }

    @Test(arguments: ["=", "\n", " "])
    func rejectsPaddingAndWhiteSpace(suffix: String) async throws {
        #expect(await code(of: try issuer.token() + suffix, try issuer.verifier()) == .invalid)
    }

    @Test func rejectsNonzeroUnusedBits() async throws {
        let token = try issuer.token()
        // The signature has 64 bytes, so four bits of the last character are unused.
        let last = try #require(token.utf8.last)
        let changed = token.dropLast() + String(decoding: [last + 1], as: UTF8.self)
        #expect(await code(of: String(changed), try issuer.verifier()) == .invalid)
    }

    @Test func rejectsTokensOverEightKilobytes() async throws {
        let verifier = try issuer.verifier()
        let overhead = try issuer.token(claims: ["x": ""]).utf8.count
        let largest = String(repeating: "x", count: (8_192 - overhead) * 3 / 4 - 3)
        #expect(await code(of: try issuer.token(claims: ["x": .string(largest)]), verifier) == nil)
        #expect(await code(of: try issuer.token(claims: ["x": .string(largest + "xxxxxxxxx")]), verifier) == .invalid)
    }

    // MARK: Helpers

    private func failure(of token: String, _ verifier: TokenVerifier) async -> IdentityError? {
        do {
            _ = try await verifier.verify(token)
            return nil
        } catch {
            return error
        }
    }

    private func code(of token: String, _ verifier: TokenVerifier) async -> IdentityError.Code? {
        await failure(of: token, verifier)?.code
    }
}
