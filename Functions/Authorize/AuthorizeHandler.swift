import ChatCore

/// Decides whether a connection may be opened, and tells API Gateway whose it is.
///
/// API Gateway passes the context on with every later event of the connection, so that no function has to look it up.
struct AuthorizeHandler: LambdaHandler {
    /// Names the person a token was issued to, or throws ``Unauthorized``.
    let identify: @Sendable (_ token: String) async throws -> UserID

    func handle(_ event: WebSocketAuthorizerEvent, context: LambdaContext) async throws -> AuthorizerResponse {
        guard let token = event.token else { throw Unauthorized() }
        let user = try await identify(token)
        return .allow(user.rawValue, toInvoke: event.methodArn, context: ["userId": user.rawValue])
    }
}

/// The one error that makes API Gateway answer 401: it compares the message with this word.
struct Unauthorized: LambdaError {
    let errorMessage = "Unauthorized"
}
