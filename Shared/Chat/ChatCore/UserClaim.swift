/// Which claim of a token names a person.
public struct UserClaim: Sendable, Equatable {
    public let name: String

    public init(name: String) { self.name = name }

    /// `IDENTITY_USER_CLAIM`; without it Cognito's `cognito:username`.
    public static let configured = UserClaim(name: Environment.process["IDENTITY_USER_CLAIM"] ?? "cognito:username")
}

extension WebSocketEvent {
    /// Who is at the other end of the connection, as `Authorize` told API Gateway when it opened.
    public func caller() throws(ChatError) -> UserID {
        try UserID(caller: requestContext.authorizer?["userId"])
    }

    public var connection: ConnectionID { ConnectionID(rawValue: requestContext.connectionId) }
}

extension HTTPEvent {
    /// Whose token API Gateway's JWT authorizer verified: its claim of that name, or else its `sub`.
    public func caller(by claim: UserClaim = .configured) throws(ChatError) -> UserID {
        let claims = requestContext.authorizer?.jwt?.claims
        return try UserID(caller: [claim.name, "sub"].lazy.compactMap { claims?[$0] }.first { !$0.isEmpty })
    }
}

extension UserID {
    fileprivate init(caller name: String?) throws(ChatError) {
        guard let name, let user = UserID(validating: name) else {
            throw ChatError(.unauthorized, "Sign in and send your token.")
        }
        self = user
    }
}
