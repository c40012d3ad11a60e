/// The claim of a token that identifies the user.
///
/// A token without it is refused and never read by another claim: two claims are two name spaces, and a name in one of
/// them may belong to another person in the other.
public struct UserClaim: Sendable, Equatable {
    public let name: String

    public init(name: String) { self.name = name }

    public static let subject = UserClaim(name: "sub")

    /// `IDENTITY_USER_CLAIM`; without it `sub`.
    public static let configured = Environment.process["IDENTITY_USER_CLAIM"].map(UserClaim.init(name:)) ?? .subject

    /// The values of `token_use` with which Cognito marks the tokens that have this claim.
    ///
    /// [Tokens](https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html)
    var tokenUses: Set<String> {
        switch name {
        case "cognito:username": ["id"]
        case "username": ["access"]
        default: ["access", "id"]
        }
    }
}

extension HTTPEvent {
    /// The user of the request: the claim of the token that API Gateway's JWT authorizer verified.
    ///
    /// API Gateway passes claims as text, in which the array `["bob"]` and the number 7 look like strings. The claim is
    /// therefore read from the verified token itself, by the same rules as for a connection, and must equal that text.
    public func caller(by claim: UserClaim = .configured) throws(ChatError) -> UserID {
        guard let verified = requestContext.authorizer?.jwt?.claims[claim.name],
            let token = headers["authorization"].flatMap(BearerToken.init(_:)),
            let user = TokenClaims(token)?.user(by: claim), user == UserID(rawValue: verified)
        else { throw .signInRequired }
        return user
    }
}

extension ChatError {
    /// The request has no token that names a user.
    public static let signInRequired = ChatError(.unauthorized, "Sign in and send your token.")
}
