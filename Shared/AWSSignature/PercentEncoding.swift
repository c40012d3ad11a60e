/// Percent-encoding as Signature Version 4 defines it: everything but RFC 3986's unreserved characters, upper-case digits.
public enum PercentEncoding {
    /// Encodes one path segment, or one name or value of a query.
    public static func encode(_ text: String) -> String {
        var output: [UInt8] = []
        output.reserveCapacity(text.utf8.count)
        append(text.utf8, to: &output, keepsSlashes: false)
        return String(decoding: output, as: UTF8.self)
    }

    /// What the text means; nil if that is no UTF-8.
    public static func decode(_ text: String) -> String? {
        String(validating: decode(text.utf8), as: UTF8.self)
    }

    static func append(_ bytes: some Sequence<UInt8>, to output: inout [UInt8], keepsSlashes: Bool) {
        for byte in bytes {
            if isUnreserved(byte) || (keepsSlashes && byte == UInt8(ascii: "/")) {
                output.append(byte)
            } else {
                output.append(UInt8(ascii: "%"))
                output.append(upperCaseDigits[Int(byte >> 4)])
                output.append(upperCaseDigits[Int(byte & 0xF)])
            }
        }
    }

    /// Replaces every escape by its byte; a percent sign that starts none stays as it is.
    static func decode(_ bytes: some Collection<UInt8>) -> [UInt8] {
        let bytes = Array(bytes)
        guard bytes.contains(UInt8(ascii: "%")) else { return bytes }
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let high = digit(rest[rest.startIndex]), let low = digit(rest[rest.index(after: rest.startIndex)])
            {
                output.append(high << 4 | low)
                rest = rest.dropFirst(2)
            } else {
                output.append(byte)
            }
        }
        return output
    }

    private static let upperCaseDigits = Array("0123456789ABCDEF".utf8)

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
            true
        default: false
        }
    }

    private static func digit(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
        default: Hexadecimal.digit(character)
        }
    }
}
