/// https://www.w3.org/TR/png-3/
extension EditableImage {
    /// Keeps the chunks that decoders need, and the orientation. The others become chunks of a private type, which decoders
    /// skip.
    mutating func erasePNG() {
        guard has("PNG\r\n", at: 1) else { return }
        var offset = 8
        while let length = number(at: offset, bytes: 4), step() {
            let type = number(at: offset + 4, bytes: 4).map { UInt32(truncatingIfNeeded: $0) } ?? 0
            guard isChunkType(at: offset + 4) else { break }
            guard offset + 12 + length <= count else {
                // The file was cut off: decoders display what is there.
                if Self.codedChunks.contains(type) { return }
                break
            }
            let data = offset + 8..<offset + 8 + length
            eraseChunk(type, data)
            offset = data.upperBound + 4
            if type == Self.endChunk, length == 0 { break }
        }
        erase(min(offset, count)..<count)
    }

    /// A type is four letters.
    private func isChunkType(at offset: Int) -> Bool {
        (0..<4).allSatisfy { index in self[offset + index].map { (65...90).contains($0 & 0xDF) } == true }
    }

    private mutating func eraseChunk(_ type: UInt32, _ data: Range<Int>) {
        if Self.codedChunks.contains(type) { return }
        if let longest = Self.longestChunks[type], data.count <= longest { return }
        switch type {
        case Self.profileChunk where eraseProfileName(data): break
        case Self.exifChunk where eraseExif(data): break
        default:
            erase(data)
            write("voId".utf8, at: data.lowerBound - 4)
        }
        let sum = cyclicRedundancyCheck(of: bytes[data.lowerBound - 4..<data.upperBound])
        write((0..<4).map { UInt8(truncatingIfNeeded: sum >> (24 - 8 * $0)) }, at: data.upperBound)
    }

    /// The name of a profile is free text of 1 to 79 bytes. The profile itself is compressed, and stays as it is.
    ///
    /// - Returns: Whether there is a profile.
    private mutating func eraseProfileName(_ data: Range<Int>) -> Bool {
        guard let end = bytes[data].prefix(80).firstIndex(of: 0), end > data.lowerBound, self[end + 1] == 0,
            // A stream of zlib: its first two bytes are a multiple of 31.
            end + 4 < data.upperBound, number(at: end + 2, bytes: 2).map({ $0 % 31 == 0 && $0 >> 8 & 15 == 8 }) == true
        else { return false }
        write(repeatElement(UInt8(ascii: "x"), count: end - data.lowerBound), at: data.lowerBound)
        return true
    }

    private static let exifChunk = fourCharacters("eXIf")
    private static let profileChunk = fourCharacters("iCCP")
    private static let endChunk = fourCharacters("IEND")
    private static let codedChunks = ["IDAT", "fdAT"].map(fourCharacters)

    /// The chunks that consist of numbers, and their largest sizes in bytes.
    private static let longestChunks: [UInt32: Int] = [
        fourCharacters("IHDR"): 13, fourCharacters("PLTE"): 768, endChunk: 0, fourCharacters("tRNS"): 256,
        fourCharacters("cHRM"): 32, fourCharacters("gAMA"): 4, fourCharacters("sRGB"): 1, fourCharacters("cICP"): 4,
        fourCharacters("mDCV"): 24, fourCharacters("cLLI"): 8, fourCharacters("sBIT"): 4, fourCharacters("bKGD"): 6,
        fourCharacters("hIST"): 512, fourCharacters("pHYs"): 9, fourCharacters("acTL"): 8, fourCharacters("fcTL"): 26,
    ]
}

/// CRC-32 as in PNG, ZIP and Ethernet.
private func cyclicRedundancyCheck(of bytes: some Sequence<UInt8>) -> UInt32 {
    var register = UInt32.max
    for byte in bytes { register = register >> 8 ^ remainders[Int(UInt8(truncatingIfNeeded: register) ^ byte)] }
    return ~register
}

/// The remainder of each byte.
private let remainders: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { register, _ in register & 1 == 1 ? register >> 1 ^ 0xEDB8_8320 : register >> 1 }
}
