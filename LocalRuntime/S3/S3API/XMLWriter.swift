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

    mutating func element(_ name: String, _ number: some BinaryInteger) { element(name, plain: "\(number)") }

    mutating func element(_ name: String, _ flag: Bool) { element(name, plain: flag ? "true" : "false") }

    mutating func text(_ text: String) { write(text) }

    /// Text that needs no escape, a number or a date.
    mutating func element(_ name: String, plain text: String) {
        buffer.writeString("<\(name)>\(text)</\(name)>")
    }

    /// Elements that were written before.
    mutating func fragment(_ text: String) { buffer.writeString(text) }

    private mutating func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            // By index, because a listing has a hundred thousand of them and a build for debugging is slow otherwise.
            var index = 0
            while index < bytes.count, !Self.needsEscape(bytes[index]) { index += 1 }
            guard index < bytes.count else {
                buffer.writeBytes(UnsafeRawBufferPointer(bytes))
                return
            }
            for byte in bytes { write(byte) }
        }
    }

    private mutating func write(_ byte: UInt8) {
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

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == 0x22 || byte == 0x26 || byte == 0x3C || byte == 0x3E
    }
}
