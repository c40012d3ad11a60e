/// The claims of a verified token.
public struct VerifiedToken: Sendable, Hashable {
    public var claims: [String: ClaimValue]

    public init(claims: [String: ClaimValue]) {
        self.claims = claims
    }

    /// The claim `sub`.
    public var subject: String? { claims["sub"]?.string }

    /// The token's scopes, from `scope` (RFC 8693) or `scp`.
    public var scopes: [String] {
        if let scope = claims["scope"]?.string { return scope.split(separator: " ").map(String.init) }
        if let scope = claims["scp"]?.string { return scope.split(separator: " ").map(String.init) }
        return claims["scp"]?.strings ?? []
    }
}
