import ByteEncodings
public import Files
public import FoundationEssentials

/// Decides from a credential alone whether it gives access to a file: nothing is looked up.
public struct FileCredentialVerifier: Sendable {
    /// Longer than any that the signer writes, in bytes.
    static let longestToken = 512

    private let secrets: [FileCredentialSecrets.Secret]

    public init(_ configuration: FileCredentialConfiguration) { secrets = configuration.secrets.all }

    /// When the access ends.
    ///
    /// A token is good in the one form that ``FileCredentialSigner`` writes: another order of names, an additional
    /// claim, padding or a space is refused, so that nothing has two URLs.
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

        // What is read from here on was written by someone with the secret.
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
        // A name that none of the secrets has, or a header in another form than ours.
        let isOurs = FileCredentialSecrets.isName(parts[7])
        throw isOurs && FileCredentialSecrets.header(naming: String(parts[7])) == json ? .forged : .malformed
    }
}
