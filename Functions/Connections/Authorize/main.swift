import ChatCore
import FoundationEssentials
import Identity

try await Lambda.run {
    let verifier = TokenVerifier(try .fromEnvironment(ProcessInfo.processInfo.environment))
    return AuthorizeHandler { token in try await verifier.verify(token) }
}
