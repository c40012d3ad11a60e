public import FoundationEssentials

/// A WebSocket connection, and what `Authorize` found in the token that opened it.
public struct AuthorizedConnection: Sendable, Hashable {
    /// How long after its expiry a token is accepted, in seconds, because clocks differ.
    public static let leeway: Int64 = 60

    /// The keys of the authorizer's context.
    public enum ContextKey {
        public static let user = "userId"
        public static let expiry = "exp"
    }

    public var id: ConnectionID
    public var user: UserID
    /// In milliseconds since 1970.
    public var openedAt: Int64
    /// When the token expires, in seconds since 1970.
    public var expiry: Int64

    public init(id: ConnectionID, user: UserID, openedAt: Int64, expiry: Int64) {
        self.id = id
        self.user = user
        self.openedAt = openedAt
        self.expiry = expiry
    }

    public func isValid(at time: Date) -> Bool {
        time.timeIntervalSince1970 < Double(expiry) + Double(Self.leeway)
    }
}

extension WebSocketEvent {
    /// The connection with its user, whether or not the token has expired since.
    public func authorizedConnection() throws(ChatError) -> AuthorizedConnection {
        let context = requestContext.authorizer
        guard let user = context?[AuthorizedConnection.ContextKey.user].flatMap(UserID.init(validating:)),
            let expiry = context?[AuthorizedConnection.ContextKey.expiry].flatMap({ Int64($0) })
        else { throw .signInRequired }
        return AuthorizedConnection(
            id: connection,
            user: user,
            openedAt: requestContext.connectedAt,
            expiry: expiry
        )
    }

    /// The user whose token opened the connection. Throws `unauthorized` once that token has expired.
    ///
    /// A function that uses the connection map asks that instead, which knows the connections that `authenticate`
    /// extended.
    public func caller(at time: Date = .now) throws(ChatError) -> UserID {
        let connection = try authorizedConnection()
        guard connection.isValid(at: time) else { throw .tokenExpired }
        return connection.user
    }

    public var connection: ConnectionID { ConnectionID(rawValue: requestContext.connectionId) }
}

extension ChatError {
    /// The token of a connection has expired.
    public static let tokenExpired = ChatError(
        .unauthorized,
        "Your token has expired; send `authenticate` with a new one, or connect again."
    )
}
