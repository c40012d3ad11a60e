import ByteEncodings
import Crypto
import FoundationEssentials

/// The key of one scope, derived from the secret access key. It is valid for one day.
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
struct SigningKey: Sendable {
    let scope: CredentialScope
    private let key: SymmetricKey

    init(secretAccessKey: String, scope: CredentialScope) {
        self.scope = scope
        var key = SymmetricKey(data: Array("AWS4\(secretAccessKey)".utf8))
        for step in [scope.day, scope.region, scope.service, CredentialScope.terminator] {
            key = SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Array(step.utf8), using: key))
        }
        self.key = key
    }

    /// The signature of a request, in lower-case hexadecimal digits.
    func signature(of canonicalRequest: CanonicalRequest, at time: SigningTime) -> String {
        Hexadecimal.encode(
            HMAC<SHA256>.authenticationCode(for: stringToSign(canonicalRequest, at: time), using: key)
        )
    }

    /// Verifies the signature of a request, in constant time.
    func isSignature(_ signature: [UInt8], of canonicalRequest: CanonicalRequest, at time: SigningTime) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(
            signature,
            authenticating: stringToSign(canonicalRequest, at: time),
            using: key
        )
    }

    /// Verifies the signature of a text, in constant time.
    func isSignature(_ signature: [UInt8], of text: [UInt8]) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(signature, authenticating: text, using: key)
    }

    /// The signature of a text, in lower-case hexadecimal digits.
    func signature(of text: [UInt8]) -> String {
        Hexadecimal.encode(HMAC<SHA256>.authenticationCode(for: text, using: key))
    }

    private func stringToSign(_ canonicalRequest: CanonicalRequest, at time: SigningTime) -> [UInt8] {
        var text = Array("\(signatureAlgorithm)\n\(time.text)\n\(scope.text)\n".utf8)
        Hexadecimal.append(SHA256.hash(data: canonicalRequest.bytes), to: &text)
        return text
    }
}

/// The only supported algorithm. SigV4A, which is asymmetric, is for requests to several regions.
let signatureAlgorithm = "AWS4-HMAC-SHA256"
