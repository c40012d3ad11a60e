/// Decodes the text and the attributes of an XML document.
enum XMLText {
    /// The text between two tags.
    ///
    /// - Throws: `MalformedXML` for an invalid reference, and for the end of a CDATA section.
    static func content(_ bytes: ArraySlice<UInt8>) throws(S3Error) -> String {
        for (index, byte) in zip(bytes.indices, bytes) where byte == UInt8(ascii: ">") && index - bytes.startIndex >= 2
        {
            if bytes[index - 1] == UInt8(ascii: "]"), bytes[index - 2] == UInt8(ascii: "]") {
                throw S3Error.malformedXML
            }
        }
        return try value(bytes)
    }

    /// The value of an attribute.
    ///
    /// - Throws: `MalformedXML` for an invalid reference.
    static func value(_ bytes: ArraySlice<UInt8>) throws(S3Error) -> String {
        var decoded: [UInt8] = []
        var rest = bytes
        while let start = rest.firstIndex(of: UInt8(ascii: "&")) {
            decoded += withUniformLineEnds(rest[..<start])
            guard let end = rest[start...].firstIndex(of: UInt8(ascii: ";")) else { throw S3Error.malformedXML }
            decoded += String(try character(String(decoding: rest[(start + 1)..<end], as: UTF8.self))).utf8
            rest = rest[(end + 1)...]
        }
        decoded += withUniformLineEnds(rest)
        return String(decoding: decoded, as: UTF8.self)
    }

    /// XML requires that a parser reports every line end as a line feed.
    static func withUniformLineEnds(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard bytes.contains(0x0D) else { return bytes }
        var result: ArraySlice<UInt8> = []
        var isAfterReturn = false
        for byte in bytes {
            if byte == 0x0D { result.append(0x0A) } else if byte != 0x0A || !isAfterReturn { result.append(byte) }
            isAfterReturn = byte == 0x0D
        }
        return result
    }

    /// The character to which a reference such as `amp` or `#13` refers.
    private static func character(_ reference: String) throws(S3Error) -> Character {
        switch reference {
        case "amp": return "&"
        case "lt": return "<"
        case "gt": return ">"
        case "quot": return "\""
        case "apos": return "'"
        default: break
        }
        let isHexadecimal = reference.utf8.starts(with: "#x".utf8)
        let digits = reference.utf8.dropFirst(isHexadecimal ? 2 : 1)
        // The initializer of integers accepts a sign.
        guard reference.utf8.first == UInt8(ascii: "#"), let first = digits.first, first != UInt8(ascii: "+"),
            let value = UInt32(Substring(digits), radix: isHexadecimal ? 16 : 10), let scalar = Unicode.Scalar(value),
            value >= 0x20 || value == 0x09 || value == 0x0A || value == 0x0D, value != 0xFFFE, value != 0xFFFF
        else { throw S3Error.malformedXML }
        return Character(scalar)
    }
}
