import ByteEncodings
import Crypto
import CryptoExtras
import EmulatorCore
public import FoundationEssentials
import JWTKit

/// An OpenID Connect issuer for development: it issues a token for any user name, without a password.
///
/// It replaces Cognito or Keycloak. Its tokens are verified as in production: discovery document, key set, signature and
/// claims.
public struct DevelopmentIssuer: Sendable {
    /// The `iss` of its tokens, without a trailing slash: `http://127.0.0.1:3000/_local`.
    public let url: String

    private let keys: JWTKeyCollection
    private let keyID: JWKIdentifier
    private let modulus: String
    private let exponent: String
    private let now: @Sendable () -> Date

    /// - Parameters:
    ///   - url: The issuer's URL, as functions reach it, without a trailing slash.
    ///   - dataDirectory: An existing folder. The key is stored there in `issuer-key.pem`, and created on the first start.
    public init(
        url: String,
        dataDirectory: String,
        now: @escaping @Sendable () -> Date = { Date() }
    ) async throws(DevelopmentIssuerError) {
        self.url = url
        self.now = now
        let keyFile = "\(dataDirectory)/issuer-key.pem"
        let stored = try IssuerKeyFile.load(at: keyFile)
        let key: JWTKit.Insecure.RSA.PrivateKey
        do {
            let primitives = try stored.publicKey.getKeyPrimitives()
            modulus = Base64URL.text(primitives.modulus)
            exponent = Base64URL.text(primitives.publicExponent)
            key = try JWTKit.Insecure.RSA.PrivateKey(backing: stored)
        } catch {
            throw DevelopmentIssuerError(
                .keyNotReadable,
                "The key in \(keyFile) cannot sign tokens. Delete it to create a new one.",
                error
            )
        }
        keyID = Self.thumbprint(modulus: modulus, exponent: exponent)
        keys = await JWTKeyCollection().add(rsa: key, digestAlgorithm: .sha256, kid: keyID)
    }

    /// A signed token (RS256) with `iss`, `sub`, `iat`, `exp` and the request's claims.
    func token(for request: TokenRequest) async throws -> String {
        let issuedAt = Int64(now().timeIntervalSince1970)
        var claims = request.claims
        claims["iss"] = .string(url)
        claims["sub"] = .string(request.user)
        claims["iat"] = .integer(issuedAt)
        claims["exp"] = .integer(issuedAt + Int64(request.expiresIn))
        return try await keys.sign(Claims(values: claims), kid: keyID)
    }

    /// A key set (RFC 7517) with the one public key.
    func keySetDocument() throws -> Data {
        struct Key: Encodable {
            var kty = "RSA"
            var use = "sig"
            var alg = "RS256"
            var kid: String
            var n: String
            var e: String
        }
        return try JSONEncoder.readable.encode(["keys": [Key(kid: keyID.string, n: modulus, e: exponent)]])
    }

    /// The OpenID Connect discovery document, with the fields that token verifiers need.
    func discoveryDocument() throws -> Data {
        struct Document: Encodable {
            var issuer: String
            var jwks_uri: String
            var token_endpoint: String
            var id_token_signing_alg_values_supported = ["RS256"]
            var subject_types_supported = ["public"]
            var response_types_supported = ["token"]
        }
        return try JSONEncoder.readable.encode(
            Document(issuer: url, jwks_uri: "\(url)/.well-known/jwks.json", token_endpoint: "\(url)/token")
        )
    }

    /// The thumbprint of RFC 7638, which is always the same for the same key.
    private static func thumbprint(modulus: String, exponent: String) -> JWKIdentifier {
        let canonical = #"{"e":"\#(exponent)","kty":"RSA","n":"\#(modulus)"}"#
        return JWKIdentifier(string: Base64URL.text(SHA256.hash(data: Data(canonical.utf8))))
    }
}

/// Why the issuer has no usable key.
public struct DevelopmentIssuerError: Error, CustomStringConvertible {
    public struct Code: Sendable, Hashable {
        private enum Value { case keyNotReadable, keyNotWritable }
        private var value: Value

        public static var keyNotReadable: Self { Self(value: .keyNotReadable) }
        public static var keyNotWritable: Self { Self(value: .keyNotWritable) }
    }

    public var code: Code
    public var message: String
    public var underlying: (any Error)?

    init(_ code: Code, _ message: String, _ underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.underlying = underlying
    }

    public var description: String { underlying.map { "\(message) (\($0))" } ?? message }
}

/// Claims to sign; they are never verified.
private struct Claims: JWTPayload {
    var values: [String: JSONValue]

    init(values: [String: JSONValue]) { self.values = values }

    init(from decoder: any Decoder) throws {
        values = try decoder.singleValueContainer().decode([String: JSONValue].self)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(values)
    }

    func verify(using algorithm: some JWTAlgorithm) {}
}

extension Base64URL {
    fileprivate static func text(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: encode(bytes), as: UTF8.self)
    }
}
