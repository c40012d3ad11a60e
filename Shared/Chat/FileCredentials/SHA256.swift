import COpenSSL

/// SHA-256 by OpenSSL, which functions with a database link for TLS anyway. Another implementation would make their
/// packages a seventh larger.
enum SHA256 {
    static func hash(_ bytes: [UInt8]) -> [UInt8] {
        var hash = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        unsafe COpenSSL.SHA256(bytes, bytes.count, &hash)
        return hash
    }
}

/// A key for HMAC with SHA-256 (RFC 2104), which JSON Web Tokens call HS256.
struct AuthenticationKey: Sendable {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func code(for message: [UInt8]) -> [UInt8] {
        var code = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        let result = unsafe HMAC(EVP_sha256(), bytes, CInt(bytes.count), message, message.count, &code, nil)
        guard unsafe result != nil else { preconditionFailure("OpenSSL has no HMAC") }
        return code
    }

    /// Compares in constant time, so that the duration does not reveal where a wrong code differs.
    func isValid(_ code: [UInt8], for message: [UInt8]) -> Bool {
        let expected = self.code(for: message)
        return unsafe code.count == expected.count && CRYPTO_memcmp(code, expected, expected.count) == 0
    }
}
