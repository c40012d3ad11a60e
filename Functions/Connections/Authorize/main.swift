import Authentication
import ChatCore

try await Lambda.run {
    AuthorizeHandler(authenticator: try TokenAuthenticator())
}
