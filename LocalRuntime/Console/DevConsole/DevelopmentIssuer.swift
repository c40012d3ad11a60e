import Crypto
import CryptoExtras
public import FoundationEssentials
import JWTKit

/// An OpenID issuer for one machine: anybody who can reach it gets a token for whatever user he names.
///
/// It stands in for Cognito or Keycloak while developing. Whoever verifies its tokens does so as in production: discovery
/// document, key set, signature, claims.
public struct DevelopmentIssuer: Sendable {
    /// The `iss` of its tokens, without a trailing slash: `http://127.0.0.1:3000/_local`.
    public let url: String
    /// The `aud` of its tokens; they carry none if nil.
    public let audience: String?

    private let keys: JWTKeyCollection
    private let keyID: JWKIdentifier
    private let modulus: String
    private let exponent: String
    private let now: @Sendable () -> Date

    /// - Parameters:
    ///   - url: the issuer's address as functions reach it, without a trailing slash.
    ///   - audience: the `aud` of its tokens, if any.
    ///   - dataDirectory: an existing folder; the key is kept there in `issuer-key.pem` and made at the first start.
    public init(
        url: String,
        audience: String? = nil,
        dataDirectory: String,
        now: @escaping @Sendable () -> Date = { Date() }
    ) async throws(DevelopmentIssuerError) {
        self.url = url
        self.audience = audience
        self.now = now
        let keyFile = "\(dataDirectory)/issuer-key.pem"
        let stored = try IssuerKeyFile.load(at: keyFile)
        let key: JWTKit.Insecure.RSA.PrivateKey
        do {
            let primitives = try stored.publicKey.getKeyPrimitives()
            modulus = primitives.modulus.base64URLEncodedString()
            exponent = primitives.publicExponent.base64URLEncodedString()
            key = try JWTKit.Insecure.RSA.PrivateKey(backing: stored)
        } catch {
            throw DevelopmentIssuerError(.keyNotReadable, "The key in \(keyFile) cannot sign tokens; delete it.", error)
        }
        keyID = Self.thumbprint(modulus: modulus, exponent: exponent)
        keys = await JWTKeyCollection().add(rsa: key, digestAlgorithm: .sha256, kid: keyID)
    }

    /// A signed token (RS256) with `iss`, `sub`, `iat`, `exp`, `aud` if there is an audience, and the request's claims.
    func token(for request: TokenRequest) async throws -> String {
        let issuedAt = Int64(now().timeIntervalSince1970)
        var claims = request.claims
        if let audience, claims["aud"] == nil { claims["aud"] = .string(audience) }
        claims["iss"] = .string(url)
        claims["sub"] = .string(request.user)
        claims["iat"] = .integer(issuedAt)
        claims["exp"] = .integer(issuedAt + Int64(request.expiresIn))
        return try await keys.sign(Claims(values: claims), kid: keyID)
    }

    /// The key set of RFC 7517: one public key.
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

    /// The discovery document of OpenID Connect, as far as somebody who verifies tokens needs it.
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

    /// RFC 7638, so that the same key has the same id wherever it is loaded.
    private static func thumbprint(modulus: String, exponent: String) -> JWKIdentifier {
        let canonical = #"{"e":"\#(exponent)","kty":"RSA","n":"\#(modulus)"}"#
        return JWKIdentifier(string: Data(SHA256.hash(data: Data(canonical.utf8))).base64URLEncodedString())
    }
}

/// Why the issuer has no key.
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

/// Claims as they are, for signing only.
private struct Claims: JWTPayload {
    var values: [String: ClaimValue]

    init(values: [String: ClaimValue]) { self.values = values }

    init(from decoder: any Decoder) throws {
        values = try decoder.singleValueContainer().decode([String: ClaimValue].self)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(values)
    }

    func verify(using algorithm: some JWTAlgorithm) {}
}

extension Data {
    fileprivate func base64URLEncodedString() -> String {
        var text = base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
        while text.hasSuffix("=") { text.removeLast() }
        return text
    }
}
