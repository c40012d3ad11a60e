import ByteEncodings
import FoundationEssentials

/// The three parts of a signed token (RFC 7515, section 7.1), not yet verified.
struct CompactToken {
    /// In bytes. Larger tokens do not fit into the headers that transport them.
    static let maximumSize = 8_192

    let header: [String: ClaimValue]
    let payload: Data
    let signature: Data
    /// The encoded header and payload, which the signature covers.
    let signedBytes: [UInt8]

    init(_ token: String) throws(IdentityError) {
        guard token.utf8.count <= Self.maximumSize else { throw .invalid("The token is larger than 8 KB.") }
        let parts = token.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw .invalid("The token does not have three parts.") }
        guard
            let header = Base64URL.decode(parts[0]), let payload = Base64URL.decode(parts[1]),
            let signature = Base64URL.decode(parts[2]),
            !header.isEmpty, !payload.isEmpty
        else { throw .invalid("The token is not base64url.") }
        guard let header = try? JSONDecoder().decode([String: ClaimValue].self, from: Data(header)) else {
            throw .invalid("The token's header is not a JSON object.")
        }
        self.header = header
        self.payload = Data(payload)
        self.signature = Data(signature)
        signedBytes = Array(token.utf8.prefix(parts[0].count + 1 + parts[1].count))
    }
}
