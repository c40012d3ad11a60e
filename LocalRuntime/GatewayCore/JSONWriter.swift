public import NIOCore

/// Writes JSON straight into a buffer, keys in the order given.
///
/// Events are built for every message, so they are written without a value tree or a `Codable` round in between.
public struct JSONWriter: Sendable {
    public private(set) var buffer = ByteBuffer()
    private var needsComma = false

    public init() {}

    /// Writes `{…}`, as a value or as the whole text.
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
        writeText(text.utf8)
    }

    /// Leaves the field out where there is no value, as AWS does.
    public mutating func field(_ key: String, ifPresent text: String?) {
        if let text { field(key, text) }
    }

    public mutating func field(_ key: String, text: ByteBuffer) {
        writeKey(key)
        writeText(text.readableBytesView)
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

    /// JSON text made elsewhere, put in as it is.
    public mutating func field(_ key: String, json: String) {
        writeKey(key)
        buffer.writeString(json)
    }

    public mutating func field(_ key: String, _ value: JSONValue) {
        writeKey(key)
        write(value)
    }

    private mutating func write(_ value: JSONValue) {
        switch value {
        case .null: buffer.writeString("null")
        case .boolean(let flag): buffer.writeString(flag ? "true" : "false")
        case .integer(let integer): buffer.writeString(String(integer))
        case .number(let number): buffer.writeString(String(number))
        case .string(let text): writeText(text.utf8)
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
            writeText(text.utf8)
        }
        buffer.writeInteger(UInt8(ascii: "]"))
    }

    private mutating func writeKey(_ key: String) {
        if needsComma { buffer.writeInteger(UInt8(ascii: ",")) }
        writeText(key.utf8)
        buffer.writeInteger(UInt8(ascii: ":"))
        needsComma = true
    }

    private mutating func writeText(_ bytes: some Collection<UInt8>) {
        buffer.reserveCapacity(minimumWritableBytes: bytes.count + 2)
        buffer.writeInteger(UInt8(ascii: "\""))
        var plain = bytes.startIndex
        var index = bytes.startIndex
        while index != bytes.endIndex {
            let byte = bytes[index]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                buffer.writeBytes(bytes[plain..<index])
                buffer.writeString(Self.escape(byte))
                plain = bytes.index(after: index)
            }
            bytes.formIndex(after: &index)
        }
        buffer.writeBytes(bytes[plain..<bytes.endIndex])
        buffer.writeInteger(UInt8(ascii: "\""))
    }

    private static func escape(_ byte: UInt8) -> String {
        switch byte {
        case UInt8(ascii: "\""): "\\\""
        case UInt8(ascii: "\\"): "\\\\"
        case UInt8(ascii: "\n"): "\\n"
        case UInt8(ascii: "\r"): "\\r"
        case UInt8(ascii: "\t"): "\\t"
        default: "\\u00" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
    }
}
