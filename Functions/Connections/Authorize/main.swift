import ChatCore
import Identity

try await Lambda.run {
    let verifier = TokenVerifier(try IdentityConfiguration(environment: .process))
    return AuthorizeHandler { token in try await verifier.verify(token) }
}
