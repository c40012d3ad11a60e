/// Which tokens are accepted.
public struct IdentityConfiguration: Sendable, Hashable {
    /// The exact value that tokens must have in `iss`.
    public var issuer: String
    /// A token must be for one of these audiences. If empty, any audience is accepted.
    public var audiences: [String]
    /// The URL of the key set. If nil, the issuer's discovery document names it.
    public var keySetURL: String?
    /// The claim that identifies the user. Tokens without it fall back to `sub`.
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
