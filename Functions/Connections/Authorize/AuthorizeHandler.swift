import ChatCore
import Identity

/// Decides whether a connection may be opened, and by which user.
///
/// API Gateway passes the authorizer's context on with every later event of the connection, so the other functions need
/// not look up the user.
struct AuthorizeHandler: LambdaHandler {
    /// Verifies a token; throws an ``IdentityError`` if it is not valid or cannot be verified.
    let verify: @Sendable (_ token: String) async throws -> VerifiedToken
    var claim = UserClaim.configured

    func handle(_ event: WebSocketAuthorizerEvent, context: LambdaContext) async throws -> AuthorizerResponse {
        guard let token = event.token else { throw Unauthorized() }
        guard let user = try await user(of: token, logger: context.logger) else { throw Unauthorized() }
        return .allow(user.rawValue, toInvoke: event.methodArn, context: ["userId": user.rawValue])
    }

    /// Nil if the token is refused. A failure to verify it is thrown, for example if the issuer does not respond.
    private func user(of token: String, logger: Logger) async throws -> UserID? {
        do {
            return try await verify(token).userID(claim: claim.name).flatMap(UserID.init(validating:))
        } catch let error as IdentityError {
            guard error.code == .invalid else { throw error }
            logger.info("Token refused", metadata: ["error": "\(error)"])
            return nil
        }
    }
}

/// Makes API Gateway answer 401: it compares the error message with this word. Any other error is a 500.
struct Unauthorized: LambdaError {
    let errorMessage = "Unauthorized"
    // Not an error: any client can send bad tokens, and alarms count the errors in the log.
    let logLevel = Logger.Level.info
}
