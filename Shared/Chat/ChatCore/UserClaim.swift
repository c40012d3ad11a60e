/// The claim of a token that identifies the user.
public struct UserClaim: Sendable, Equatable {
    public let name: String

    public init(name: String) { self.name = name }

    /// `IDENTITY_USER_CLAIM`; without it Cognito's `cognito:username`.
    public static let configured = UserClaim(name: Environment.process["IDENTITY_USER_CLAIM"] ?? "cognito:username")
}

extension WebSocketEvent {
    /// The user of the connection: the value that `Authorize` returned when the connection opened.
    public func caller() throws(ChatError) -> UserID {
        try UserID(caller: requestContext.authorizer?["userId"])
    }

    public var connection: ConnectionID { ConnectionID(rawValue: requestContext.connectionId) }
}

extension HTTPEvent {
    /// The user of the request: the given claim of the token that API Gateway's JWT authorizer verified, or `sub` if
    /// the token lacks that claim.
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
