import ByteEncodings
import Crypto
import CryptoExtras
import FoundationEssentials
import JWTKit

/// A private key, and the key set entry of its public key.
struct SigningKeyPair: Sendable {
    var identifier: String
    var algorithm: String
    var published: [String: String]
    private let signer: any JWTAlgorithm

    func sign(_ bytes: [UInt8]) throws -> [UInt8] { try signer.sign(bytes) }

    static func rsa(_ identifier: String, digest: DigestAlgorithm = .sha256) async throws -> SigningKeyPair {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let primitives = try key.publicKey.getKeyPrimitives()
        let keys = JWTKeyCollection()
        await keys.add(rsa: try Insecure.RSA.PrivateKey(backing: key), digestAlgorithm: digest, kid: "key")
        let signer = try await keys.getKey(for: "key")
        return SigningKeyPair(
            identifier: identifier,
            algorithm: signer.name,
            published: [
                "kty": "RSA", "kid": identifier, "use": "sig",
                "n": base64URL(primitives.modulus), "e": base64URL(primitives.publicExponent),
            ],
            signer: signer
        )
    }

    static func ecdsa(_ identifier: String) async throws -> SigningKeyPair {
        let key = P256.Signing.PrivateKey()
        let keys = JWTKeyCollection()
        await keys.add(ecdsa: try ES256PrivateKey(backing: key), kid: "key")
        let point = key.publicKey.rawRepresentation
        return SigningKeyPair(
            identifier: identifier,
            algorithm: "ES256",
            published: [
                "kty": "EC", "kid": identifier, "crv": "P-256",
                "x": base64URL(point.prefix(32)), "y": base64URL(point.suffix(32)),
            ],
            signer: try await keys.getKey(for: "key")
        )
    }

    static func eddsa(_ identifier: String) async throws -> SigningKeyPair {
        let key = Curve25519.Signing.PrivateKey()
        let keys = JWTKeyCollection()
        await keys.add(eddsa: EdDSA.PrivateKey(backing: key), kid: "key")
        return SigningKeyPair(
            identifier: identifier,
            algorithm: "EdDSA",
            published: [
                "kty": "OKP", "kid": identifier, "crv": "Ed25519", "alg": "EdDSA",
                "x": base64URL(key.publicKey.rawRepresentation),
            ],
            signer: try await keys.getKey(for: "key")
        )
    }
}

func base64URL(_ bytes: some Sequence<UInt8>) -> String {
    String(decoding: Base64URL.encode(bytes), as: UTF8.self)
}

func json(_ value: some Encodable) throws -> [UInt8] { Array(try JSONEncoder().encode(value)) }
