/// What a token says, now that it is believed.
public struct VerifiedToken: Sendable, Hashable {
    public var claims: [String: ClaimValue]

    public init(claims: [String: ClaimValue]) {
        self.claims = claims
    }

    /// `sub`: whom the issuer vouches for.
    public var subject: String? { text("sub") }

    /// What the token permits, from `scope` (RFC 8693) or `scp`.
    public var scopes: [String] {
        if let scope = claims["scope"]?.string { return scope.split(separator: " ").map(String.init) }
        if let scope = claims["scp"]?.string { return scope.split(separator: " ").map(String.init) }
        return claims["scp"]?.strings ?? []
    }

    /// The user: that claim if the token has it, else the subject.
    public func userID(claim: String = IdentityConfiguration.defaultUserClaim) -> String? {
        text(claim) ?? subject
    }

    private func text(_ claim: String) -> String? {
        claims[claim]?.string.flatMap { $0.isEmpty ? nil : $0 }
    }
}
