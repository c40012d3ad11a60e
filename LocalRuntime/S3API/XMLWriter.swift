import NIOCore

/// Writes XML straight into a buffer.
struct XMLWriter: Sendable {
    private(set) var buffer = ByteBuffer(string: #"<?xml version="1.0" encoding="UTF-8"?>\#n"#)

    /// A whole document.
    /// - Parameter hasNamespace: Errors have none.
    static func document(
        _ root: String,
        hasNamespace: Bool = true,
        _ content: (inout XMLWriter) throws -> Void
    ) rethrows -> ByteBuffer {
        var writer = XMLWriter()
        let namespace = hasNamespace ? #" xmlns="http://s3.amazonaws.com/doc/2006-03-01/""# : ""
        writer.buffer.writeString("<\(root)\(namespace)>")
        try content(&writer)
        writer.buffer.writeString("</\(root)>")
        return writer.buffer
    }

    mutating func element(_ name: String, _ content: (inout XMLWriter) throws -> Void) rethrows {
        buffer.writeString("<\(name)>")
        try content(&self)
        buffer.writeString("</\(name)>")
    }

    mutating func element(_ name: String, attributes: String, _ content: (inout XMLWriter) -> Void) {
        buffer.writeString("<\(name) \(attributes)>")
        content(&self)
        buffer.writeString("</\(name)>")
    }

    mutating func element(_ name: String, _ text: String) {
        buffer.writeString("<\(name)>")
        write(text)
        buffer.writeString("</\(name)>")
    }

    mutating func element(_ name: String, ifPresent text: String?) {
        if let text { element(name, text) }
    }

    mutating func element(_ name: String, _ number: some BinaryInteger) { element(name, "\(number)") }

    mutating func element(_ name: String, _ flag: Bool) { element(name, flag ? "true" : "false") }

    mutating func text(_ text: String) { write(text) }

    private mutating func write(_ text: String) {
        let isPlain = text.utf8.allSatisfy { $0 >= 0x20 && !Self.special.contains($0) }
        guard !isPlain else {
            buffer.writeString(text)
            return
        }
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): buffer.writeString("&amp;")
            case UInt8(ascii: "<"): buffer.writeString("&lt;")
            case UInt8(ascii: ">"): buffer.writeString("&gt;")
            case UInt8(ascii: "\""): buffer.writeString("&quot;")
            // XML 1.0 has no way to say most of them; S3 writes them like this, and clients ask for URL encoding.
            case 0..<0x20: buffer.writeString("&#x\(String(byte, radix: 16, uppercase: true));")
            default: buffer.writeInteger(byte)
            }
        }
    }

    private static let special = Set("&<>\"".utf8)
}
