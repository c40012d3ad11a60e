import ChatCore
import Identity

/// Decides whether a connection may be opened, and tells API Gateway whose it is.
///
/// API Gateway passes the context on with every later event of the connection, so that no function has to look it up.
struct AuthorizeHandler: LambdaHandler {
    /// Whether a token is to be believed. It throws an ``IdentityError`` otherwise.
    let verify: @Sendable (_ token: String) async throws -> VerifiedToken
    var claim = UserClaim.configured

    func handle(_ event: WebSocketAuthorizerEvent, context: LambdaContext) async throws -> AuthorizerResponse {
        guard let token = event.token else { throw Unauthorized() }
        guard let user = try await user(of: token, logger: context.logger) else { throw Unauthorized() }
        return .allow(user.rawValue, toInvoke: event.methodArn, context: ["userId": user.rawValue])
    }

    /// Nil if the token is refused. A failure of ours, such as an issuer who does not answer, is thrown.
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

/// The one error that makes API Gateway answer 401: it compares the message with this word.
struct Unauthorized: LambdaError {
    let errorMessage = "Unauthorized"
    // Anybody can send a bad token as often as they like, and alarms count errors.
    let logLevel = Logger.Level.info
}
