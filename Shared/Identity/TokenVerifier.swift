public import FoundationEssentials
import JWTKit

/// Believes or refuses the JSON Web Tokens of one issuer.
public final class TokenVerifier: Sendable {
    /// How far the clocks of issuer and verifier may be apart, in seconds.
    public static let leeway: TimeInterval = 60

    public let issuer: String
    public let audiences: [String]
    private let keys: KeyCache
    private let now: @Sendable () -> Date

    /// - Parameters:
    ///   - issuer: What tokens must have in `iss`, to the letter.
    ///   - audiences: Of which a token must be for one; empty: tokens may be for anybody.
    public init(
        issuer: String,
        audiences: [String],
        keySource: any KeySource,
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.issuer = issuer
        self.audiences = audiences
        self.now = now
        keys = KeyCache(source: keySource, now: now)
    }

    /// A verifier that gets the issuer's keys over HTTP when it first needs them.
    public convenience init(_ configuration: IdentityConfiguration) {
        self.init(
            issuer: configuration.issuer,
            audiences: configuration.audiences,
            keySource: DiscoveredKeySource(issuer: configuration.issuer, keySetURL: configuration.keySetURL)
        )
    }

    /// Believes a token, or throws `invalid` (answer 401) or `unavailable` (answer 500).
    ///
    /// What the token's header says decides only which of the issuer's keys is tried: keys that it brings or points to
    /// (`jwk`, `jku`, `x5c`, `x5u`) are ignored, and one that demands extensions (`crit`) is refused.
    public func verify(_ token: String) async throws(IdentityError) -> VerifiedToken {
        let token = try CompactToken(token)
        guard let algorithm = token.header["alg"]?.string.flatMap(SignatureAlgorithm.init(rawValue:)) else {
            throw .invalid("The token's algorithm is none of RS256, RS384, RS512, ES256, ES384, ES512 and EdDSA.")
        }
        guard token.header["crit"] == nil else {
            throw .invalid("The token demands extensions that are not understood.")
        }
        let identifier = token.header["kid"]
        guard identifier == nil || identifier?.string != nil else { throw .invalid("The token's 'kid' is no text.") }

        let verifier = try await keys.verifier(keyIdentifier: identifier?.string, algorithm: algorithm)
        guard (try? verifier.verify(token.signature, signs: token.signedBytes)) == true else {
            throw .invalid("The token's signature does not match.")
        }
        guard let claims = try? JSONDecoder().decode([String: ClaimValue].self, from: token.payload) else {
            throw .invalid("The token's payload is not a JSON object.")
        }
        try check(claims)
        return VerifiedToken(claims: claims)
    }

    private func check(_ claims: [String: ClaimValue]) throws(IdentityError) {
        let time = now().timeIntervalSince1970
        guard let expiration = claims["exp"]?.number else { throw .invalid("The token never expires.") }
        guard time < expiration + Self.leeway else { throw .invalid("The token has expired.") }
        if let notBefore = claims["nbf"] {
            guard let notBefore = notBefore.number, time >= notBefore - Self.leeway else {
                throw .invalid("The token is not valid yet.")
            }
        }
        guard claims["iss"]?.string == issuer else { throw .invalid("The token is of another issuer.") }
        try checkAudience(claims)
    }

    /// Access tokens of Cognito have no `aud`; they name whom they are for in `client_id`.
    private func checkAudience(_ claims: [String: ClaimValue]) throws(IdentityError) {
        guard !audiences.isEmpty else { return }
        let named = claims["aud"].map { $0.strings ?? [] } ?? claims["client_id"]?.string.map { [$0] } ?? []
        guard named.contains(where: audiences.contains) else { throw .invalid("The token is for somebody else.") }
    }
}
