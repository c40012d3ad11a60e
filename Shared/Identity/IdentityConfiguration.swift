/// Which tokens are accepted.
public struct IdentityConfiguration: Sendable, Hashable {
    /// The exact value that tokens must have in `iss`.
    public var issuer: String
    /// A token must be for one of these audiences. If empty, any audience is accepted.
    public var audiences: [String]
    /// The URL of the key set. If nil, the issuer's discovery document names it.
    public var keySetURL: String?

    public init(issuer: String, audiences: [String] = [], keySetURL: String? = nil) {
        self.issuer = issuer
        self.audiences = audiences
        self.keySetURL = keySetURL
    }
}
