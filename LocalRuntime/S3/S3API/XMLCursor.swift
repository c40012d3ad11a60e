/// The bytes of an XML document and the position of the next one to read.
///
/// Every method reads each byte a constant number of times.
struct XMLCursor {
    let bytes: [UInt8]
    private(set) var position = 0

    /// - Throws: `MalformedXML` if the bytes are not UTF-8, or contain a character that XML 1.0 forbids.
    init(_ bytes: some Sequence<UInt8>) throws(S3Error) {
        self.bytes = Array(bytes)
        guard String(validating: self.bytes, as: UTF8.self) != nil else { throw S3Error.malformedXML }
        for (index, byte) in self.bytes.enumerated() {
            let isForbidden =
                if byte < 0x20 {
                    !Self.isWhitespace(byte)
                } else {
                    // U+FFFE and U+FFFF.
                    byte >= 0xBE && index >= 2 && self.bytes[index - 1] == 0xBF && self.bytes[index - 2] == 0xEF
                }
            if isForbidden { throw S3Error.malformedXML }
        }
    }

    var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    static func isWhitespace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

    /// Skips a text in ASCII, if it comes next.
    mutating func skip(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard bytes.count - position >= count else { return false }
        for offset in 0..<count where bytes[position + offset] != text.utf8Start[offset] { return false }
        position += count
        return true
    }

    /// Skips white space.
    ///
    /// - Returns: Whether there was any.
    mutating func skipWhitespace() -> Bool { !read { !Self.isWhitespace($0) }.isEmpty }

    /// Reads up to the first byte of a kind, or to the end.
    mutating func read(until isEnd: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        let start = position
        while position < bytes.count, !isEnd(bytes[position]) { position += 1 }
        return bytes[start..<position]
    }

    /// Reads up to a text in ASCII, and skips that.
    ///
    /// - Throws: `MalformedXML` if the text does not follow.
    mutating func read(through text: StaticString) throws(S3Error) -> ArraySlice<UInt8> {
        let start = position
        while position < bytes.count {
            let end = position
            if skip(text) { return bytes[start..<end] }
            position += 1
        }
        throw S3Error.malformedXML
    }

    /// Reads an equals sign and what follows it in quotes, with references as they are.
    mutating func readQuotedValue() throws(S3Error) -> ArraySlice<UInt8> {
        _ = skipWhitespace()
        guard skip("=") else { throw S3Error.malformedXML }
        _ = skipWhitespace()
        let quote: UInt8
        if skip("\"") {
            quote = UInt8(ascii: "\"")
        } else if skip("'") {
            quote = UInt8(ascii: "'")
        } else {
            throw S3Error.malformedXML
        }
        let value = read { $0 == quote || $0 == UInt8(ascii: "<") }
        guard next == quote else { throw S3Error.malformedXML }
        position += 1
        return value
    }

    /// Reads a name, which may have a prefix. The elements and attributes of S3 have names in ASCII.
    mutating func readName() throws(S3Error) -> XMLName {
        let bytes = read { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: ":"):
                false
            default: true
            }
        }
        let parts = bytes.split(separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
        let areNames = parts.allSatisfy { part in
            // Digits, hyphens and full stops do not begin a name.
            part.first.map { $0 >= UInt8(ascii: "A") } ?? false
        }
        guard areNames, parts.count <= 2, let local = parts.last else { throw S3Error.malformedXML }
        return XMLName(
            prefix: parts.count == 2 ? String(decoding: parts[0], as: UTF8.self) : nil,
            local: String(decoding: local, as: UTF8.self)
        )
    }
}

/// The name of an element or of an attribute.
struct XMLName: Equatable {
    var prefix: String?
    var local: String
}
