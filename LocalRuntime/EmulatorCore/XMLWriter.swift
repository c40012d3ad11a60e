public import NIOCore

/// Writes an XML document into a buffer.
public struct XMLWriter: Sendable {
    public private(set) var buffer = ByteBuffer(string: #"<?xml version="1.0" encoding="UTF-8"?>\#n"#)

    /// Begins a document with the XML declaration.
    public init() {}

    public mutating func element(_ name: String, _ content: (inout XMLWriter) throws -> Void) rethrows {
        buffer.writeString("<\(name)>")
        try content(&self)
        buffer.writeString("</\(name)>")
    }

    /// - Parameter attributes: As they appear in the document, escaped.
    public mutating func element(
        _ name: String,
        attributes: String,
        _ content: (inout XMLWriter) throws -> Void
    ) rethrows {
        buffer.writeString("<\(name) \(attributes)>")
        try content(&self)
        buffer.writeString("</\(name)>")
    }

    public mutating func element(_ name: String, _ text: String) {
        buffer.writeString("<\(name)>")
        write(text)
        buffer.writeString("</\(name)>")
    }

    /// Leaves the element out if there is no text.
    public mutating func element(_ name: String, ifPresent text: String?) {
        if let text { element(name, text) }
    }

    public mutating func element(_ name: String, _ number: some BinaryInteger) { element(name, plain: "\(number)") }

    public mutating func element(_ name: String, _ flag: Bool) { element(name, plain: flag ? "true" : "false") }

    public mutating func text(_ text: String) { write(text) }

    /// - Parameter text: Needs no escapes, as a number or a date.
    public mutating func element(_ name: String, plain text: String) {
        buffer.writeString("<\(name)>\(text)</\(name)>")
    }

    /// Inserts elements that have already been written.
    public mutating func fragment(_ text: String) { buffer.writeString(text) }

    private mutating func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            // By index: a listing has up to a hundred thousand texts, and iterating is slow in debug builds.
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
        // XML 1.0 cannot represent most control characters. S3 writes them like this; its clients request URL encoding.
        case 0..<0x20: buffer.writeString("&#x\(String(byte, radix: 16, uppercase: true));")
        default: buffer.writeInteger(byte)
        }
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == 0x22 || byte == 0x26 || byte == 0x3C || byte == 0x3E
    }
}
