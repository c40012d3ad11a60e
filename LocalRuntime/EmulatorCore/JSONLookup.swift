import ByteEncodings
public import NIOCore

/// One step into a JSON value.
public enum JSONStep: Sendable, Hashable {
    case key(String)
    case index(Int)
}

/// Invalid JSON.
public struct JSONSyntaxError: Error, Sendable {
    /// The position at which the text stops being JSON, in bytes from its start.
    public var offset: Int
}

extension JSONValue {
    /// Reads one value of a JSON text. The text is checked to its end, but only that value is decoded.
    ///
    /// It accepts exactly the texts that ``init(parsing:)`` accepts, trailing commas included, and like it takes the first
    /// occurrence of a repeated key.
    /// - Parameters:
    ///   - path: The steps from the root to the value.
    ///   - text: JSON in valid UTF-8.
    /// - Returns: nil if the text has no value there.
    public static func value(at path: [JSONStep], in text: ByteBuffer) throws(JSONSyntaxError) -> JSONValue? {
        do {
            return try text.withUnsafeReadableBytes { bytes in
                var scanner = JSONScanner(bytes)
                guard let range = try scanner.document(path) else { return nil }
                return try JSONScanner.scalar(bytes[range]) ?? JSONValue(parsing: ByteBuffer(bytes: bytes[range]))
            }
        } catch let error as JSONSyntaxError {
            throw error
        } catch {
            throw JSONSyntaxError(offset: 0)
        }
    }
}

/// Walks through JSON text (RFC 8259) byte by byte.
///
/// Decoding a message of 200 bytes takes 25 times as long, one of 4 KB three times.
private struct JSONScanner {
    /// Of nested arrays and objects, as in Foundation's decoder.
    private static let depthLimit = 512

    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// Checks the whole text; returns the range of the value at the path.
    mutating func document(_ path: [JSONStep]) throws(JSONSyntaxError) -> Range<Int>? {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        let found = try value(path[...], depth: 0)
        skipWhitespace()
        guard position == bytes.count else { throw failure }
        return found
    }

    /// The value of a string without escapes, `true`, `false` or `null`; nil for all others.
    static func scalar(_ text: Slice<UnsafeRawBufferPointer>) -> JSONValue? {
        switch text.first {
        case UInt8(ascii: "t"): .boolean(true)
        case UInt8(ascii: "f"): .boolean(false)
        case UInt8(ascii: "n"): .null
        case UInt8(ascii: "\"") where !text.contains(UInt8(ascii: "\\")):
            .string(String(decoding: text.dropFirst().dropLast(), as: UTF8.self))
        default: nil
        }
    }

    private var failure: JSONSyntaxError { JSONSyntaxError(offset: position) }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipWhitespace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    private mutating func skip(_ expected: UInt8) throws(JSONSyntaxError) {
        guard next == expected else { throw failure }
        position += 1
    }

    /// - Parameter path: The steps from this value to the one that is looked up; nil if that is elsewhere.
    private mutating func value(
        _ path: ArraySlice<JSONStep>?,
        depth: Int
    ) throws(JSONSyntaxError) -> Range<Int>? {
        skipWhitespace()
        let start = position
        var found: Range<Int>?
        switch next {
        case UInt8(ascii: "{"): found = try object(path, depth: depth + 1)
        case UInt8(ascii: "["): found = try array(path, depth: depth + 1)
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"): try literal("false")
        case UInt8(ascii: "n"): try literal("null")
        default: try number()
        }
        if let path, path.isEmpty { found = start..<position }
        return found
    }

    private mutating func object(
        _ path: ArraySlice<JSONStep>?,
        depth: Int
    ) throws(JSONSyntaxError) -> Range<Int>? {
        guard depth <= Self.depthLimit else { throw failure }
        var found: Range<Int>?
        var name: String?
        if case .key(let key)? = path?.first { name = key }
        position += 1
        skipWhitespace()
        while next != UInt8(ascii: "}") {
            let key = try string()
            skipWhitespace()
            try skip(UInt8(ascii: ":"))
            if let wanted = name, isKey(key, wanted) {
                name = nil
                found = try value(path?.dropFirst(), depth: depth)
            } else {
                _ = try value(nil, depth: depth)
            }
            try endElement(UInt8(ascii: "}"))
        }
        position += 1
        return found
    }

    private mutating func array(
        _ path: ArraySlice<JSONStep>?,
        depth: Int
    ) throws(JSONSyntaxError) -> Range<Int>? {
        guard depth <= Self.depthLimit else { throw failure }
        var found: Range<Int>?
        var index = 0
        position += 1
        skipWhitespace()
        while next != UInt8(ascii: "]") {
            if path?.first == .index(index) {
                found = try value(path?.dropFirst(), depth: depth)
            } else {
                _ = try value(nil, depth: depth)
            }
            try endElement(UInt8(ascii: "]"))
            index += 1
        }
        position += 1
        return found
    }

    /// Skips a comma unless the end of the array or object follows.
    private mutating func endElement(_ end: UInt8) throws(JSONSyntaxError) {
        skipWhitespace()
        guard next != end else { return }
        try skip(UInt8(ascii: ","))
        skipWhitespace()
    }

    // MARK: Scalars

    /// Returns the range of the text between the quotation marks.
    private mutating func string() throws(JSONSyntaxError) -> Range<Int> {
        try skip(UInt8(ascii: "\""))
        let start = position
        while true {
            skipPlainText()
            switch next {
            case UInt8(ascii: "\""):
                position += 1
                return start..<position - 1
            case UInt8(ascii: "\\"): try escape()
            default: throw failure
            }
        }
    }

    /// Skips to the next quotation mark, backslash or control character.
    private mutating func skipPlainText() {
        var end = position
        while end < bytes.count {
            let byte = bytes[end]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 { break }
            end += 1
        }
        position = end
    }

    private mutating func escape() throws(JSONSyntaxError) {
        position += 1
        guard let kind = next else { throw failure }
        position += 1
        switch kind {
        case UInt8(ascii: "u"):
            switch try hexadecimalUnit() {
            case 0xD800..<0xDC00:
                try skip(UInt8(ascii: "\\"))
                try skip(UInt8(ascii: "u"))
                guard (0xDC00..<0xE000).contains(try hexadecimalUnit()) else { throw failure }
            case 0xDC00..<0xE000: throw failure
            default: break
            }
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            break
        default: throw failure
        }
    }

    private mutating func hexadecimalUnit() throws(JSONSyntaxError) -> Int {
        var unit = 0
        for _ in 0..<4 {
            guard let digit = next.flatMap(Hexadecimal.value(of:)) else { throw failure }
            unit = unit << 4 | Int(digit)
            position += 1
        }
        return unit
    }

    private mutating func number() throws(JSONSyntaxError) {
        let start = position
        var exponentDigits = 0
        if next == UInt8(ascii: "-") { position += 1 }
        if next == UInt8(ascii: "0") { position += 1 } else { try digits() }
        if next == UInt8(ascii: ".") {
            position += 1
            try digits()
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            position += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
            let exponent = position
            try digits()
            exponentDigits = position - exponent
        }
        // Up to 200 digits with an exponent of two digits are within the range of a Double, 1e-323 to 1e308.
        guard exponentDigits > 2 || position - start > 200 else { return }
        guard Self.isRepresentable(bytes[start..<position]) else { throw failure }
    }

    /// Whether a Double can hold the number, which Foundation's decoder requires. A number that is too small becomes zero.
    private static func isRepresentable(_ number: Slice<UnsafeRawBufferPointer>) -> Bool {
        Double(String(decoding: number, as: UTF8.self))?.isFinite == true
    }

    private mutating func digits() throws(JSONSyntaxError) {
        let start = position
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        guard position > start else { throw failure }
    }

    private mutating func literal(_ text: StaticString) throws(JSONSyntaxError) {
        let end = position + text.utf8CodeUnitCount
        let isHere = text.withUTF8Buffer { end <= bytes.count && bytes[position..<end].elementsEqual($0) }
        guard isHere else { throw failure }
        position = end
    }

    // MARK: Keys

    private func isKey(_ range: Range<Int>, _ name: String) -> Bool {
        let text = bytes[range]
        if text.elementsEqual(name.utf8) { return true }
        // The same key may be spelled with escapes, or in another Unicode normalization.
        guard text.contains(where: { $0 == UInt8(ascii: "\\") || $0 >= 0x80 }) else { return false }
        let quoted = bytes[range.lowerBound - 1..<range.upperBound + 1]
        return (try? JSONValue(parsing: ByteBuffer(bytes: quoted)))?.string == name
    }
}
