/// The first bytes of a file. Reading beyond their end gives nil or false.
struct ContentSample: Sendable {
    let bytes: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }
    init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

    var count: Int { bytes.count }

    subscript(offset: Int) -> UInt8? {
        guard offset >= 0, offset < bytes.count else { return nil }
        return bytes[bytes.startIndex + offset]
    }

    func has(_ text: StaticString, at offset: Int = 0) -> Bool {
        has(Array("\(text)".utf8), at: offset)
    }

    func has(_ expected: [UInt8], at offset: Int = 0) -> Bool {
        guard offset >= 0, offset + expected.count <= bytes.count else { return false }
        return bytes[(bytes.startIndex + offset)...].starts(with: expected)
    }

    /// An unsigned number of `count` bytes.
    func number(at offset: Int, bytes count: Int, littleEndian: Bool = false) -> Int? {
        guard offset >= 0, offset + count <= bytes.count else { return nil }
        let start = bytes.startIndex + offset
        let digits = bytes[start..<(start + count)]
        return littleEndian
            ? digits.reversed().reduce(0) { $0 << 8 | Int($1) } : digits.reduce(0) { $0 << 8 | Int($1) }
    }

    /// The sample from an offset: `count` bytes, or everything up to the end.
    func part(from offset: Int, count: Int? = nil) -> ContentSample {
        guard offset >= 0, offset <= bytes.count else { return ContentSample([]) }
        let rest = bytes[(bytes.startIndex + offset)...]
        return ContentSample(count.map { rest.prefix(max(0, $0)) } ?? rest)
    }

    func firstOffset(of text: StaticString, from offset: Int = 0) -> Int? {
        let rest = part(from: offset).bytes
        return rest.firstRange(of: Array("\(text)".utf8)).map { $0.lowerBound - bytes.startIndex }
    }
}
