import HTTPGateway
import Identity
import SAMTemplate
import Synchronization

/// The token verifiers of JWT authorizers: one for each issuer and audience, created when first used.
final class TokenVerifiers: Sendable {
    private let verifiers = Mutex<[IdentityConfiguration: TokenVerifier]>([:])

    @Sendable func check(_ token: String, by authorizer: HTTPAPI.Authorizer.JWT) async -> HTTPGateway.TokenVerdict {
        let configuration = IdentityConfiguration(issuer: authorizer.issuer, audiences: authorizer.audience)
        let verifier = verifiers.withLock { verifiers in
            if let known = verifiers[configuration] { return known }
            let new = TokenVerifier(configuration)
            verifiers[configuration] = new
            return new
        }
        do throws(IdentityError) {
            let verified = try await verifier.verify(token)
            return .valid(claims: verified.claims.mapValues(\.eventText), scopes: verified.scopes)
        } catch {
            return .invalid(error.reason)
        }
    }
}

extension ClaimValue {
    /// The claim as API Gateway writes it into an event: as text, a list as `[a b]`.
    fileprivate var eventText: String {
        switch self {
        case .null: "null"
        case .boolean(let flag): "\(flag)"
        case .integer(let number): "\(number)"
        case .number(let number): "\(number)"
        case .string(let text): text
        case .array(let values): "[" + values.map(\.eventText).joined(separator: " ") + "]"
        case .object(let values):
            "map[" + values.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value.eventText)" }.joined(separator: " ")
                + "]"
        }
    }
}
