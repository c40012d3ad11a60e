import FoundationEssentials

/// The three parts of a signed token (RFC 7515, section 7.1), not yet believed.
struct CompactToken {
    /// Larger ones do not fit into the headers that carry tokens.
    static let maximumSize = 8_192

    let header: [String: ClaimValue]
    let payload: Data
    let signature: Data
    /// Header and payload as they were sent.
    let signedBytes: [UInt8]

    init(_ token: String) throws(IdentityError) {
        guard token.utf8.count <= Self.maximumSize else { throw .invalid("The token is larger than 8 KB.") }
        let parts = token.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw .invalid("The token has not three parts.") }
        guard
            let header = Self.decode(parts[0]), let payload = Self.decode(parts[1]),
            let signature = Self.decode(parts[2]),
            !header.isEmpty, !payload.isEmpty
        else { throw .invalid("The token is not base64url.") }
        guard let header = try? JSONDecoder().decode([String: ClaimValue].self, from: header) else {
            throw .invalid("The token's header is not a JSON object.")
        }
        self.header = header
        self.payload = payload
        self.signature = signature
        signedBytes = Array(token.utf8.prefix(parts[0].count + 1 + parts[1].count))
    }

    /// base64url without padding (RFC 7515, section 2), and nothing else.
    private static func decode(_ text: some Sequence<UInt8>) -> Data? {
        var base64: [UInt8] = []
        for character in text {
            switch character {
            case UInt8(ascii: "-"): base64.append(UInt8(ascii: "+"))
            case UInt8(ascii: "_"): base64.append(UInt8(ascii: "/"))
            case UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="): return nil
            default: base64.append(character)
            }
        }
        while !base64.count.isMultiple(of: 4) { base64.append(UInt8(ascii: "=")) }
        return Data(base64Encoded: Data(base64))
    }
}
