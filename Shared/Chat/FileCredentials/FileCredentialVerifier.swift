import ByteEncodings
public import Files
public import FoundationEssentials

/// Decides whether a credential gives access to a file, from the credential alone.
public struct FileCredentialVerifier: Sendable {
    /// The limit for a token, in bytes; the signer writes shorter ones.
    static let longestToken = 512

    private let secrets: [FileCredentialSecrets.Secret]

    public init(_ configuration: FileCredentialConfiguration) { secrets = configuration.secrets.all }

    /// Verifies a credential and returns when the access ends.
    ///
    /// A token is valid only in the form that ``FileCredentialSigner`` writes. Another order of names, an additional claim,
    /// padding or a space is refused, so that no content has two URLs.
    public func verify(
        _ token: String?,
        for file: FileID,
        at date: Date
    ) throws(FileCredentialError) -> Date {
        guard let token, !token.isEmpty else { throw .missing }
        guard token.utf8.count <= Self.longestToken else { throw .malformed }
        let parts = token.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let signature = Base64URL.decode(parts[2]) else { throw .malformed }

        let secret = try secret(of: parts[0])
        let signed = Array(token.utf8.prefix(parts[0].count + 1 + parts[1].count))
        guard secret.key.isValid(signature, for: signed) else { throw .forged }

        // From here on the content is trusted, because its author has the secret.
        guard let json = Base64URL.decode(parts[1]), let payload = FileCredentialPayload(json: json) else {
            throw .malformed
        }
        guard payload.file.utf8.elementsEqual(file.description.utf8) else { throw .otherFile }
        let expiry = Date(timeIntervalSince1970: Double(payload.expiry))
        guard date < expiry else { throw .expired }
        return expiry
    }

    private func secret(of header: Substring.UTF8View) throws(FileCredentialError) -> FileCredentialSecrets.Secret {
        if let secret = secrets.first(where: { $0.header.elementsEqual(header) }) { return secret }
        guard let json = Base64URL.decode(header) else { throw .malformed }
        // {"alg":"HS256","kid":"…","typ":"JWT"}
        let parts = String(decoding: json, as: UTF8.self).split(separator: "\"", omittingEmptySubsequences: false)
        guard parts.count == 13, parts[1] == "alg", parts[5] == "kid" else { throw .malformed }
        guard parts[3] == "HS256" else { throw .otherAlgorithm }
        // Either an unknown secret is named, or the header does not have the signer's form.
        let isName = FileCredentialSecrets.isName(parts[7])
        throw isName && FileCredentialSecrets.header(naming: String(parts[7])) == json ? .forged : .malformed
    }
}
