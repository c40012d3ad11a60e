import HTTPGateway
import Identity
import SAMTemplate
import Synchronization

/// One verifier for each issuer and audience that JWT authorizers name, made when first asked for.
final class TokenVerifiers: Sendable {
    private struct Key: Hashable {
        var issuer: String
        var audience: [String]
    }

    private let verifiers = Mutex<[Key: TokenVerifier]>([:])

    @Sendable func check(_ token: String, by authorizer: HTTPAPI.Authorizer.JWT) async -> HTTPGateway.TokenVerdict {
        let key = Key(issuer: authorizer.issuer, audience: authorizer.audience)
        let verifier = verifiers.withLock { verifiers in
            if let known = verifiers[key] { return known }
            let new = TokenVerifier(issuer: key.issuer, audience: key.audience)
            verifiers[key] = new
            return new
        }
        do throws(IdentityError) {
            let verified = try await verifier.verify(token)
            return .valid(claims: verified.claimTexts, scopes: verified.scopes)
        } catch {
            return .invalid(error.message)
        }
    }
}
