public import ChatCore
import Identity

/// Finds the user of a token that opens a WebSocket connection or extends it.
///
/// For HTTP requests, API Gateway verifies the token, and ``ChatCore/HTTPEvent/caller(by:)`` finds the user by the same
/// rules.
public struct TokenAuthenticator: Sendable {
    /// The user of a verified token, and when the token expires.
    public struct Grant: Sendable, Hashable {
        public var user: UserID
        /// In seconds since 1970.
        public var expiry: Int64

        public init(user: UserID, expiry: Int64) {
            self.user = user
            self.expiry = expiry
        }
    }

    private let verify: @Sendable (_ token: String) async throws -> Void
    private let claim: UserClaim

    /// - Parameter verify: Throws an `IdentityError` if the token is not valid or cannot be verified.
    public init(by claim: UserClaim = .configured, verify: @escaping @Sendable (_ token: String) async throws -> Void) {
        self.claim = claim
        self.verify = verify
    }

    /// Verifies tokens of the issuer that the environment names.
    public init(environment: Environment = .process) throws(MissingVariable) {
        let verifier = TokenVerifier(try IdentityConfiguration(environment: environment))
        self.init(by: environment["IDENTITY_USER_CLAIM"].map(UserClaim.init(name:)) ?? .subject) { token in
            _ = try await verifier.verify(token)
        }
    }

    /// Nil if the token is refused. A failure to verify it is thrown, for example if the issuer does not respond.
    public func authenticate(_ token: BearerToken, logger: Logger) async throws -> Grant? {
        do {
            try await verify(token.text)
        } catch let error as IdentityError {
            guard error.code == .invalid else { throw error }
            logger.info("Token refused", metadata: ["error": "\(error)"])
            return nil
        }
        guard let claims = TokenClaims(token), let expiry = claims.expiry, let user = claims.user(by: claim) else {
            logger.info("Token refused", metadata: ["error": "it does not name a user", "claim": "\(claim.name)"])
            return nil
        }
        return Grant(user: user, expiry: expiry)
    }
}
