import ChatCore
import FoundationEssentials
import Identity

try await Lambda.run {
    let configuration = try IdentityConfiguration.fromEnvironment(ProcessInfo.processInfo.environment)
    let verifier = TokenVerifier(configuration)
    return AuthorizeHandler { token in
        let verified: VerifiedToken
        do throws(IdentityError) {
            verified = try await verifier.verify(token)
        } catch {
            throw error.code == .invalid ? Unauthorized() : error as any Error
        }
        guard let user = verified.userID(claim: configuration.userClaim) else { throw Unauthorized() }
        return UserID(rawValue: user)
    }
}
