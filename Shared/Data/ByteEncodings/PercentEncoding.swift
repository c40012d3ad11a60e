/// Percent-encoding as Signature Version 4 defines it: RFC 3986's unreserved characters stay as they are, all others
/// are escaped with upper-case digits.
///
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
public enum PercentEncoding {
    /// Encodes a path segment, or a name or value of a query.
    ///
    /// - Parameter keepingSlashes: Whether to leave slashes unescaped, to encode a whole path.
    public static func encode(_ text: String, keepingSlashes: Bool = false) -> String {
        var output: [UInt8] = []
        output.reserveCapacity(text.utf8.count)
        append(text.utf8, to: &output, keepingSlashes: keepingSlashes)
        return String(decoding: output, as: UTF8.self)
    }

    /// Appends the encoded bytes.
    public static func append(_ bytes: some Sequence<UInt8>, to output: inout [UInt8], keepingSlashes: Bool = false) {
        for byte in bytes {
            if isUnreserved(byte) || (keepingSlashes && byte == UInt8(ascii: "/")) {
                output.append(byte)
            } else {
                appendEscape(of: byte, to: &output)
            }
        }
    }

    /// Appends `%` and the two upper-case digits of a byte.
    public static func appendEscape(of byte: UInt8, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "%"))
        output.append(Hexadecimal.upperCaseDigits[Int(byte >> 4)])
        output.append(Hexadecimal.upperCaseDigits[Int(byte & 0xF)])
    }

    /// Decodes text. Returns nil if the result is not UTF-8.
    public static func decode(_ text: some StringProtocol) -> String? {
        String(validating: decode(text.utf8), as: UTF8.self)
    }

    /// Decodes bytes. A percent sign that is not followed by two digits is kept.
    ///
    /// - Parameter plusIsSpace: Whether `+` means a space, as in the query of an HTML form.
    public static func decode(_ bytes: some Collection<UInt8>, plusIsSpace: Bool = false) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        var position = bytes.startIndex
        while position < bytes.endIndex {
            let byte = bytes[position]
            bytes.formIndex(after: &position)
            if byte == UInt8(ascii: "%"), let (value, end) = escapedByte(at: position, in: bytes) {
                output.append(value)
                position = end
            } else {
                output.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return output
    }

    /// The byte whose two digits start at `position`, and the position after them.
    private static func escapedByte<Bytes: Collection<UInt8>>(
        at position: Bytes.Index,
        in bytes: Bytes
    ) -> (value: UInt8, end: Bytes.Index)? {
        guard position < bytes.endIndex, let high = Hexadecimal.value(of: bytes[position]) else { return nil }
        let second = bytes.index(after: position)
        guard second < bytes.endIndex, let low = Hexadecimal.value(of: bytes[second]) else { return nil }
        return (high << 4 | low, bytes.index(after: second))
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
