public import FoundationEssentials
import JWTKit

/// Verifies the JSON Web Tokens of one issuer.
public final class TokenVerifier: Sendable {
    /// The allowed difference between the clocks of issuer and verifier, in seconds.
    public static let leeway: TimeInterval = 60

    public let issuer: String
    public let audiences: [String]
    private let keys: KeyCache
    private let now: @Sendable () -> Date

    /// - Parameters:
    ///   - issuer: The exact value that tokens must have in `iss`.
    ///   - audiences: A token must be for one of these. If empty, any audience is accepted.
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

    /// A verifier that fetches the issuer's keys over HTTP on first use.
    public convenience init(_ configuration: IdentityConfiguration) {
        self.init(
            issuer: configuration.issuer,
            audiences: configuration.audiences,
            keySource: DiscoveredKeySource(issuer: configuration.issuer, keySetURL: configuration.keySetURL)
        )
    }

    /// Verifies a token. Throws `invalid` (answer 401) or `unavailable` (answer 500).
    ///
    /// The token's header only selects one of the issuer's keys. Keys in the header (`jwk`, `jku`, `x5c`, `x5u`) are
    /// ignored, and a token that requires extensions (`crit`) is rejected.
    public func verify(_ token: String) async throws(IdentityError) -> VerifiedToken {
        let token = try CompactToken(token)
        guard let algorithm = token.header["alg"]?.string.flatMap(SignatureAlgorithm.init(rawValue:)) else {
            throw .invalid("The token's algorithm is not one of RS256, RS384, RS512, ES256, ES384, ES512 and EdDSA.")
        }
        guard token.header["crit"] == nil else {
            throw .invalid("The token requires unsupported extensions.")
        }
        let identifier = token.header["kid"]
        guard identifier == nil || identifier?.string != nil else {
            throw .invalid("The token's 'kid' is not a string.")
        }

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
        guard claims["iss"]?.string == issuer else { throw .invalid("The token is from another issuer.") }
        try checkAudience(claims)
    }

    /// Checks `aud`, or `client_id` in tokens without it, such as Cognito's access tokens.
    private func checkAudience(_ claims: [String: ClaimValue]) throws(IdentityError) {
        guard !audiences.isEmpty else { return }
        let named = claims["aud"].map { $0.strings ?? [] } ?? claims["client_id"]?.string.map { [$0] } ?? []
        guard named.contains(where: audiences.contains) else {
            throw .invalid("The token does not have a valid audience.")
        }
    }
}
