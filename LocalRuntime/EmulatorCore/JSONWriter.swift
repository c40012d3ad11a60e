public import NIOCore

/// Writes JSON directly into a buffer, with keys in the order of the calls.
///
/// An event is written for every message, so this avoids a value tree and `Codable`.
public struct JSONWriter: Sendable {
    public private(set) var buffer = ByteBuffer()
    private var needsComma = false

    public init() {}

    /// The JSON text written so far.
    public var text: String { String(buffer: buffer) }

    /// Writes an object, as a value or as the whole document.
    public mutating func object(_ fields: (inout JSONWriter) -> Void) {
        buffer.writeInteger(UInt8(ascii: "{"))
        needsComma = false
        fields(&self)
        buffer.writeInteger(UInt8(ascii: "}"))
        needsComma = true
    }

    public mutating func field(_ key: String, _ value: (inout JSONWriter) -> Void) {
        writeKey(key)
        value(&self)
        needsComma = true
    }

    public mutating func field(_ key: String, _ text: String) {
        writeKey(key)
        writeText(text)
    }

    /// Omits the field if there is no value, as AWS does.
    public mutating func field(_ key: String, ifPresent text: String?) {
        if let text { field(key, text) }
    }

    /// - Parameter text: Valid UTF-8.
    public mutating func field(_ key: String, text: ByteBuffer) {
        writeKey(key)
        text.withUnsafeReadableBytes { writeText($0) }
    }

    public mutating func field(_ key: String, _ number: Int64) {
        writeKey(key)
        buffer.writeString(String(number))
    }

    public mutating func field(_ key: String, _ flag: Bool) {
        writeKey(key)
        buffer.writeString(flag ? "true" : "false")
    }

    public mutating func nullField(_ key: String) {
        writeKey(key)
        buffer.writeString("null")
    }

    public mutating func field(_ key: String, _ texts: [String]) {
        writeKey(key)
        array(of: texts)
    }

    public mutating func field(_ key: String, _ map: some Sequence<(key: String, value: String)>) {
        field(key) { json in
            json.object { json in
                for (key, value) in map { json.field(key, value) }
            }
        }
    }

    public mutating func field(_ key: String, _ map: some Sequence<(key: String, value: [String])>) {
        field(key) { json in
            json.object { json in
                for (key, values) in map { json.field(key, values) }
            }
        }
    }

    /// An array with an object for each element.
    public mutating func field<Element>(
        _ key: String,
        objects elements: [Element],
        _ fields: (inout JSONWriter, Element) -> Void
    ) {
        writeKey(key)
        buffer.writeInteger(UInt8(ascii: "["))
        needsComma = false
        for element in elements {
            if needsComma { buffer.writeInteger(UInt8(ascii: ",")) }
            object { fields(&$0, element) }
        }
        buffer.writeInteger(UInt8(ascii: "]"))
        needsComma = true
    }

    /// JSON text, inserted unchanged.
    public mutating func field(_ key: String, json: String) {
        writeKey(key)
        buffer.writeString(json)
    }

    public mutating func field(_ key: String, _ value: JSONValue) {
        writeKey(key)
        write(value)
    }

    // MARK: Values without a key

    /// Writes a string, as an element of an array or as the whole document.
    public mutating func value(_ text: String) { writeText(text) }

    /// Writes existing JSON text, as an element of an array or as the whole document.
    public mutating func value(json: String) { buffer.writeString(json) }

    /// Writes an array, with `write` called for each element.
    public mutating func array<Element>(_ elements: [Element], _ write: (inout JSONWriter, Element) -> Void) {
        buffer.writeInteger(UInt8(ascii: "["))
        for (index, element) in elements.enumerated() {
            if index > 0 { buffer.writeInteger(UInt8(ascii: ",")) }
            write(&self, element)
        }
        buffer.writeInteger(UInt8(ascii: "]"))
    }

    private mutating func write(_ value: JSONValue) {
        switch value {
        case .null: buffer.writeString("null")
        case .boolean(let flag): buffer.writeString(flag ? "true" : "false")
        case .integer(let integer): buffer.writeString(String(integer))
        case .number(let number): buffer.writeString(String(number))
        case .string(let text): writeText(text)
        case .array(let elements):
            buffer.writeInteger(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { buffer.writeInteger(UInt8(ascii: ",")) }
                write(element)
            }
            buffer.writeInteger(UInt8(ascii: "]"))
        case .object(let fields):
            object { json in
                for (key, value) in fields.sorted(by: { $0.key < $1.key }) { json.field(key, value) }
            }
        }
    }

    private mutating func array(of texts: [String]) {
        buffer.writeInteger(UInt8(ascii: "["))
        for (index, text) in texts.enumerated() {
            if index > 0 { buffer.writeInteger(UInt8(ascii: ",")) }
            writeText(text)
        }
        buffer.writeInteger(UInt8(ascii: "]"))
    }

    private mutating func writeKey(_ key: String) {
        if needsComma { buffer.writeInteger(UInt8(ascii: ",")) }
        writeText(key)
        buffer.writeInteger(UInt8(ascii: ":"))
        needsComma = true
    }

    private mutating func writeText(_ text: String) {
        var text = text
        text.withUTF8 { writeText(UnsafeRawBufferPointer($0)) }
    }

    /// It works on a pointer because texts may be megabytes long.
    private mutating func writeText(_ bytes: UnsafeRawBufferPointer) {
        var length = 2
        for index in 0..<bytes.count { length += Self.needsEscape(bytes[index]) ? 6 : 1 }
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: length) { target in
            target[0] = UInt8(ascii: "\"")
            var end = 1
            if length == bytes.count + 2 {
                UnsafeMutableRawBufferPointer(rebasing: target[1...]).copyMemory(from: bytes)
                end += bytes.count
            } else {
                for index in 0..<bytes.count { Self.write(bytes[index], to: target, at: &end) }
            }
            target[end] = UInt8(ascii: "\"")
            return end + 1
        }
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private static func write(_ byte: UInt8, to target: UnsafeMutableRawBufferPointer, at end: inout Int) {
        guard needsEscape(byte) else {
            target[end] = byte
            end += 1
            return
        }
        target[end] = UInt8(ascii: "\\")
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): target[end + 1] = byte
        case UInt8(ascii: "\n"): target[end + 1] = UInt8(ascii: "n")
        case UInt8(ascii: "\r"): target[end + 1] = UInt8(ascii: "r")
        case UInt8(ascii: "\t"): target[end + 1] = UInt8(ascii: "t")
        default:
            let digit = byte & 0x0f
            target[end + 1] = UInt8(ascii: "u")
            target[end + 2] = UInt8(ascii: "0")
            target[end + 3] = UInt8(ascii: "0")
            target[end + 4] = UInt8(ascii: "0") + byte >> 4
            target[end + 5] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
            end += 6
            return
        }
        end += 2
    }
}
