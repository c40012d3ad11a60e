/// Hand-made colour profiles.
enum ColourProfiles {
    /// A profile with a white point and a description.
    static func profile(describedAs text: [UInt8]) -> [UInt8] {
        let white = Array("XYZ ".utf8) + [0, 0, 0, 0] + [0, 0, 0xF6, 0xD6, 0, 1, 0, 0, 0, 0, 0xD3, 0x2D]
        let description = Array("text".utf8) + [0, 0, 0, 0] + text
        let (start, end) = (156, 156 + white.count)
        let size = end + description.count
        return word(size) + [UInt8](repeating: 0, count: 32) + Array("acsp".utf8) + [UInt8](repeating: 0, count: 88)
            + word(2) + Array("wtpt".utf8) + word(start) + word(white.count)
            + Array("desc".utf8) + word(end) + word(description.count) + white + description
    }

    static func word(_ number: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) } }
}
