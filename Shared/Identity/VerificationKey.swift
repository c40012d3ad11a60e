import FoundationEssentials
import JWTKit

/// A public key from an issuer's key set (RFC 7517).
struct VerificationKey: Sendable, Hashable, Decodable {
    var kty: String
    var kid: String?
    var alg: String?
    var use: String?
    var key_ops: [String]?
    var crv: String?
    var n: String?
    var e: String?
    var x: String?
    var y: String?

    /// Whether the key is intended for signatures with an algorithm. The token's header alone must not decide that.
    func fits(_ algorithm: SignatureAlgorithm) -> Bool {
        kty == algorithm.keyType
            && (algorithm.curve == nil || crv == algorithm.curve)
            && (alg == nil || alg == algorithm.rawValue)
            && (use == nil || use == "sig")
            && (key_ops == nil || key_ops?.contains("verify") == true)
    }

    /// A verifier for signatures with this key; nil if the key is malformed or too weak.
    func verifier(for algorithm: SignatureAlgorithm) async -> (any JWTAlgorithm)? {
        let identifier = JWKIdentifier(string: "key")
        let key: JWK =
            switch algorithm {
            case .rs256: .rsa(.rs256, identifier: identifier, modulus: n, exponent: e)
            case .rs384: .rsa(.rs384, identifier: identifier, modulus: n, exponent: e)
            case .rs512: .rsa(.rs512, identifier: identifier, modulus: n, exponent: e)
            case .es256: .ecdsa(.es256, identifier: identifier, x: x, y: y, curve: .p256)
            case .es384: .ecdsa(.es384, identifier: identifier, x: x, y: y, curve: .p384)
            case .es512: .ecdsa(.es512, identifier: identifier, x: x, y: y, curve: .p521)
            case .eddsa: .octetKeyPair(.eddsa, identifier: identifier, x: x, y: nil, curve: .ed25519)
            }
        let collection = JWTKeyCollection()
        do {
            try await collection.add(jwk: key)
            return try await collection.getKey(for: identifier, alg: algorithm.rawValue)
        } catch {
            return nil
        }
    }
}

/// An issuer's published keys.
struct KeySet: Sendable {
    var keys: [VerificationKey]

    /// Ignores keys of unknown types, because issuers publish encryption keys in the same set.
    init(json: [UInt8]) throws(IdentityError) {
        struct Entry: Decodable {
            var key: VerificationKey?
            init(from decoder: any Decoder) throws { key = try? VerificationKey(from: decoder) }
        }
        struct Document: Decodable { var keys: [Entry] }
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(json)) else {
            throw .unavailable("The issuer's key set is not a JSON Web Key Set.")
        }
        keys = document.keys.compactMap(\.key)
    }

    /// The key with an identifier. Without an identifier, the only key that fits the algorithm.
    func key(named identifier: String?, for algorithm: SignatureAlgorithm) -> VerificationKey? {
        let fitting = keys.filter { $0.fits(algorithm) && (identifier == nil || $0.kid == identifier) }
        return identifier != nil || fitting.count == 1 ? fitting.first : nil
    }
}
