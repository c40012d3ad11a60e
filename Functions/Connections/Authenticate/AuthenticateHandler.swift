import Authentication
import ChatCore
import Connections
import FoundationEssentials
import RateLimits

/// Extends a connection by a new token of the user who opened it.
///
/// A connection whose token has expired can be extended too: the new token alone decides.
struct AuthenticateHandler: LambdaHandler {
    let authenticator: TokenAuthenticator
    let connections: ConnectionMap
    let limiter: RateLimiter

    func handle(_ event: WebSocketEvent, context: LambdaContext) async throws -> WebSocketResponse {
        var connection = try event.authorizedConnection()
        let request: Request = try event.request()
        try await limiter.charge(.authenticate, to: connection.user, logger: context.logger)

        guard let token = BearerToken(request.token),
            let grant = try await authenticator.authenticate(token, logger: context.logger)
        else { throw ChatError(.unauthorized, "`token` is not valid; sign in again and send the new token.") }
        guard grant.user == connection.user else {
            throw ChatError(.unauthorized, "`token` is of another user; open a new connection with it.")
        }
        connection.expiry = grant.expiry
        try await connections.enter(connection)
        return try .reply(Reply(expiresAt: grant.expiry, requestId: request.requestId))
    }
}

extension AuthenticateHandler {
    struct Request: ChatRequest {
        var token: String
        var requestId: String?

        init(_ fields: RequestFields) throws(ChatError) {
            requestId = try fields.requestID()
            token = try fields.string("token", 1...8192)
        }
    }

    struct Reply: Encodable {
        var type = "authenticated"
        /// When the new token expires.
        var expiresAt: Timestamp
        var requestId: String?

        init(expiresAt seconds: Int64, requestId: String?) {
            expiresAt = Timestamp(microseconds: min(seconds, 253_402_300_799) * 1_000_000)
            self.requestId = requestId
        }
    }
}
