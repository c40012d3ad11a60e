/// Whose tokens are believed, and for whom they must be.
public struct IdentityConfiguration: Sendable, Hashable {
    /// What tokens must have in `iss`, to the letter.
    public var issuer: String
    /// Of which a token must be for one; empty: tokens may be for anybody.
    public var audiences: [String]
    /// Where the keys are; nil: where the issuer's discovery document says.
    public var keySetURL: String?
    /// The claim that names the user; `sub` stands in for it.
    public var userClaim: String

    public static let defaultUserClaim = "cognito:username"

    public init(
        issuer: String,
        audiences: [String] = [],
        keySetURL: String? = nil,
        userClaim: String = defaultUserClaim
    ) {
        self.issuer = issuer
        self.audiences = audiences
        self.keySetURL = keySetURL
        self.userClaim = userClaim
    }
}
