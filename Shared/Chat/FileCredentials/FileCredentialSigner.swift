import ByteEncodings
public import Files
public import FoundationEssentials

/// Makes the credentials for reading files: JSON Web Tokens (RFC 7519), each for exactly one file.
///
/// Header and payload have exactly one form, so a file has the same token, byte for byte, until its expiry changes.
public struct FileCredentialSigner: Sendable {
    private let secret: FileCredentialSecrets.Secret
    private let buckets: ExpiryBuckets

    public init(_ configuration: FileCredentialConfiguration) {
        secret = configuration.secrets.newest
        buckets = ExpiryBuckets(length: configuration.lifetime)
    }

    /// The credential to give out at a time, and its expiry.
    ///
    /// The caller has to check that the reader may see the file: the credential alone gives access to it.
    public func token(for file: FileID, at date: Date) -> (token: String, expiry: Date) {
        let expiry = buckets.expiry(of: file.description, at: date)
        let payload = FileCredentialPayload(expiry: expiry, file: file.description)
        var token = secret.header + [UInt8(ascii: ".")] + Base64URL.encode(payload.json)
        let signature = secret.key.code(for: token)
        token += [UInt8(ascii: ".")] + Base64URL.encode(signature)
        return (String(decoding: token, as: UTF8.self), Date(timeIntervalSince1970: Double(expiry)))
    }
}

/// The claims of a credential.
struct FileCredentialPayload: Equatable {
    /// Seconds since 1970.
    var expiry: Int
    var file: String

    /// Sorted names without spaces. A file's id has no character that JSON escapes.
    var json: [UInt8] { Array(#"{"exp":\#(expiry),"sub":"\#(file)"}"#.utf8) }

    init(expiry: Int, file: String) {
        self.expiry = expiry
        self.file = file
    }

    /// Accepts only the form that ``json`` has; nil for anything else.
    init?(json: [UInt8]) {
        let parts = String(decoding: json, as: UTF8.self).split(separator: "\"", omittingEmptySubsequences: false)
        guard parts.count == 7, let expiry = Int(parts[2].dropFirst().dropLast()) else { return nil }
        self.init(expiry: expiry, file: String(parts[5]))
        guard self.json == json else { return nil }
    }
}
