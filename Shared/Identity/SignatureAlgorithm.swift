/// The accepted signature algorithms. All are asymmetric, so that a verifier cannot create tokens.
enum SignatureAlgorithm: String, Sendable {
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    case es256 = "ES256"
    case es384 = "ES384"
    case es512 = "ES512"
    case eddsa = "EdDSA"

    /// The `kty` of the algorithm's keys.
    var keyType: String {
        switch self {
        case .rs256, .rs384, .rs512: "RSA"
        case .es256, .es384, .es512: "EC"
        case .eddsa: "OKP"
        }
    }

    /// The `crv` of the algorithm's keys; nil for RSA.
    var curve: String? {
        switch self {
        case .rs256, .rs384, .rs512: nil
        case .es256: "P-256"
        case .es384: "P-384"
        case .es512: "P-521"
        case .eddsa: "Ed25519"
        }
    }
}
