import ChatCore
import Identity

try await Lambda.run {
    let verifier = TokenVerifier()
    return AuthorizeHandler { token in
        UserID(rawValue: try await verifier.verify(token).userID(claim: "") ?? "")
    }
}
