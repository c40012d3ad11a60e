import EmulatorCore
import NIOCore

/// The body of `POST /_local/token`: `{"user":"alice","expiresIn":3600,"claims":{"email":"alice@example.com"}}`.
struct TokenRequest: Sendable, Hashable {
    /// 1 to 128 characters.
    var user: String
    /// Seconds, 1 to 86,400; an hour by default.
    var expiresIn = 3_600
    /// Additional claims.
    var claims: [String: JSONValue] = [:]

    /// Claims that the issuer sets itself.
    private static let reservedClaims: Set<String> = ["iss", "sub", "iat", "exp"]

    /// The message says in a sentence what to change.
    struct Malformed: Error { var message: String }
}

extension TokenRequest {
    init(body: ByteBuffer) throws(Malformed) {
        guard case .object(let object)? = try? JSONValue(parsing: body) else {
            throw Malformed(message: #"The body must be a JSON object such as {"user":"alice"}."#)
        }
        guard case .string(let user)? = object["user"], (1...128).contains(user.unicodeScalars.count),
            !user.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else {
            throw Malformed(message: "`user` must be a string of 1 to 128 characters without control characters.")
        }
        self.user = user

        switch object["expiresIn"] {
        case nil: break
        case .integer(let seconds)? where (1...86_400).contains(seconds): expiresIn = Int(seconds)
        default: throw Malformed(message: "`expiresIn` must be a whole number of seconds from 1 to 86400.")
        }

        switch object["claims"] {
        case nil: break
        case .object(let claims)? where Self.reservedClaims.isDisjoint(with: claims.keys): self.claims = claims
        default: throw Malformed(message: "`claims` must be an object without iss, sub, iat and exp.")
        }
    }
}
