/// The claims of a verified token.
public struct VerifiedToken: Sendable, Hashable {
    public var claims: [String: ClaimValue]

    public init(claims: [String: ClaimValue]) {
        self.claims = claims
    }

    /// The claim `sub`.
    public var subject: String? { text("sub") }

    /// The token's scopes, from `scope` (RFC 8693) or `scp`.
    public var scopes: [String] {
        if let scope = claims["scope"]?.string { return scope.split(separator: " ").map(String.init) }
        if let scope = claims["scp"]?.string { return scope.split(separator: " ").map(String.init) }
        return claims["scp"]?.strings ?? []
    }

    /// The user's id: the value of `claim`, or the subject if the token lacks it.
    public func userID(claim: String = IdentityConfiguration.defaultUserClaim) -> String? {
        text(claim) ?? subject
    }

    private func text(_ claim: String) -> String? {
        claims[claim]?.string.flatMap { $0.isEmpty ? nil : $0 }
    }
}
