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

    /// Reads `IDENTITY_ISSUER`, and if they are there and not empty `IDENTITY_AUDIENCE` (several separated by commas),
    /// `IDENTITY_JWKS_URL` and `IDENTITY_USER_CLAIM`.
    public static func fromEnvironment(_ environment: [String: String]) throws(IdentityError) -> IdentityConfiguration {
        func value(_ name: String) -> String? {
            environment[name].flatMap { $0.isEmpty ? nil : $0 }
        }
        guard let issuer = value("IDENTITY_ISSUER") else {
            throw IdentityError(.misconfigured, "The environment variable IDENTITY_ISSUER is not set.")
        }
        let audiences = value("IDENTITY_AUDIENCE")?.split(separator: ",").map { audience in
            String(audience.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
        return IdentityConfiguration(
            issuer: issuer,
            audiences: audiences?.filter { !$0.isEmpty } ?? [],
            keySetURL: value("IDENTITY_JWKS_URL"),
            userClaim: value("IDENTITY_USER_CLAIM") ?? defaultUserClaim
        )
    }
}
