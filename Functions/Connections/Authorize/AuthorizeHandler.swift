import Authentication
import ChatCore

/// Decides whether a connection may be opened, and by which user.
///
/// API Gateway passes the authorizer's context on with every later event of the connection, so the other functions need
/// not look up the user, or when the token expires.
struct AuthorizeHandler: LambdaHandler {
    let authenticator: TokenAuthenticator

    func handle(_ event: WebSocketAuthorizerEvent, context: LambdaContext) async throws -> AuthorizerResponse {
        guard let token = event.token,
            let grant = try await authenticator.authenticate(token, logger: context.logger)
        else { throw Unauthorized() }
        return .allow(
            grant.user.rawValue,
            toInvoke: event.methodArn,
            context: [
                AuthorizedConnection.ContextKey.user: grant.user.rawValue,
                AuthorizedConnection.ContextKey.expiry: "\(grant.expiry)",
            ]
        )
    }
}

/// Makes API Gateway answer 401: it compares the error message with this word. Any other error is a 500.
struct Unauthorized: LambdaError {
    let errorMessage = "Unauthorized"
    // Not an error: any client can send bad tokens, and alarms count the errors in the log.
    let logLevel = Logger.Level.info
}
