import ByteEncodings

/// Ids in the form of API Gateway's: 11 bytes in base64url with padding, which is 16 characters that end in `=`.
///
/// AWS does not document the layout; it is derived from recorded events. Byte 8 distinguishes request ids from
/// connection and message ids, and a message id ends with the last three bytes of its connection id.
public enum GatewayIdentifier {
    private static let byteCount = 11

    public static func connection() -> String { encode(random(marker: 0x02)) }

    public static func request() -> String { encode(random(marker: 0x05)) }

    public static func message(on connection: String) -> String {
        var bytes = random(marker: 0x02)
        if let connectionBytes = decode(connection) { bytes.replaceSubrange(8..., with: connectionBytes[8...]) }
        return encode(bytes)
    }

    /// Whether the text has the form of a connection id.
    public static func isWellFormed(_ text: String) -> Bool { decode(text) != nil }

    private static func random(marker: UInt8) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16)
        for _ in 0..<2 {
            withUnsafeBytes(of: generator.next()) { bytes.append(contentsOf: $0) }
        }
        bytes.removeLast(bytes.count - byteCount)
        bytes[8] = marker
        return bytes
    }

    private static func encode(_ bytes: [UInt8]) -> String {
        String(decoding: Base64URL.encode(bytes), as: UTF8.self) + "="
    }

    private static func decode(_ text: String) -> [UInt8]? {
        guard text.utf8.last == UInt8(ascii: "="), let bytes = Base64URL.decode(text.utf8.dropLast()) else {
            return nil
        }
        return bytes.count == byteCount ? bytes : nil
    }
}
