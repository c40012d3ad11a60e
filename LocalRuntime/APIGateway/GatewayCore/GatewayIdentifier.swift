import FoundationEssentials

/// Ids in the form of API Gateway's: 11 bytes as padded base64url, so 16 characters that end in `=`.
///
/// The layout is derived from captures, AWS does not document it: byte 8 tells requests from connections and messages,
/// and a message's last three bytes are its connection's.
public enum GatewayIdentifier {
    public static func connection() -> String { encode(random(marker: 0x02)) }

    public static func request() -> String { encode(random(marker: 0x05)) }

    public static func message(on connection: String) -> String {
        var bytes = random(marker: 0x02)
        if let theirs = decode(connection) { bytes.replaceSubrange(8..., with: theirs[8...]) }
        return encode(bytes)
    }

    /// Whether a text could be the id of a connection, open or gone.
    public static func isWellFormed(_ text: String) -> Bool { decode(text) != nil }

    private static func random(marker: UInt8) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16)
        for _ in 0..<2 {
            withUnsafeBytes(of: generator.next()) { bytes.append(contentsOf: $0) }
        }
        bytes.removeLast(5)
        bytes[8] = marker
        return bytes
    }

    private static func encode(_ bytes: [UInt8]) -> String {
        String(decoding: Data(bytes).base64EncodedData().map(urlSafe), as: UTF8.self)
    }

    private static func urlSafe(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "+"): UInt8(ascii: "-")
        case UInt8(ascii: "/"): UInt8(ascii: "_")
        default: byte
        }
    }

    private static func decode(_ text: String) -> [UInt8]? {
        guard text.utf8.count == 16, !text.contains("+"), !text.contains("/") else { return nil }
        let standard = String(text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 })
        guard let data = Data(base64Encoded: standard), data.count == 11 else { return nil }
        return [UInt8](data)
    }
}
