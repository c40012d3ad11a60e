import ByteEncodings
import FoundationEssentials

/// The secrets that sign file credentials, the newest first.
///
/// The newest secret signs; all of them verify. To rotate, put a new secret first, and remove the last one when the
/// credentials that it signed have expired.
public struct FileCredentialSecrets: Sendable {
    struct Secret: Sendable {
        /// The header of every token that this secret signs, in base64url. It contains the secret's name.
        let header: [UInt8]
        let key: AuthenticationKey
    }

    /// The minimum for HS256, in bytes (RFC 7518, section 3.2).
    static let shortestSecret = 32
    static let maximumSecrets = 16

    let newest: Secret
    let all: [Secret]

    /// Reads pairs `name:secret` separated by commas. A name has 1 to 32 letters, digits, `-` and `_`; a secret is at
    /// least 32 bytes in base64.
    public init(_ text: String) throws(FileCredentialConfigurationError) {
        var secrets: [Secret] = []
        for entry in text.split(separator: ",", omittingEmptySubsequences: false) {
            let parts = entry.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else {
                throw .init("FILE_CREDENTIAL_SECRETS must be pairs of a name and a secret: name:base64,name:base64")
            }
            let name = parts[0].trimmingSpaces
            guard Self.isName(name) else {
                throw .init("The name of a file credential's secret must have 1 to 32 letters, digits, - or _.")
            }
            guard let bytes = Data(base64Encoded: String(parts[1].trimmingSpaces)), bytes.count >= Self.shortestSecret
            else {
                throw .init("The secret \(name) of file credentials must be at least 32 bytes in base64.")
            }
            let header = Base64URL.encode(Self.header(naming: String(name)))
            guard !secrets.contains(where: { $0.header == header }) else {
                throw .init("Two secrets of file credentials have the name \(name).")
            }
            secrets.append(Secret(header: header, key: AuthenticationKey(Array(bytes))))
        }
        guard let newest = secrets.first, secrets.count <= Self.maximumSecrets else {
            throw .init("There must be 1 to \(Self.maximumSecrets) secrets of file credentials.")
        }
        self.newest = newest
        all = secrets
    }

    /// Whether a text is a valid name of a secret.
    static func isName(_ text: Substring) -> Bool {
        (1...32).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    /// The header of a token as JSON, with sorted names and without spaces.
    static func header(naming name: String) -> [UInt8] { Array(#"{"alg":"HS256","kid":"\#(name)","typ":"JWT"}"#.utf8) }
}

extension Substring {
    /// Removes spaces and line breaks, which lists in templates contain.
    fileprivate var trimmingSpaces: Substring {
        let isSpace = { (character: Character) in character == " " || character == "\n" }
        return drop(while: isSpace).suffixDropping(while: isSpace)
    }

    private func suffixDropping(while predicate: (Character) -> Bool) -> Substring {
        guard let end = lastIndex(where: { !predicate($0) }) else { return "" }
        return self[...end]
    }
}
