/// Profiles of the International Color Consortium (ICC.1:2022), which are in images of most formats.
extension EditableImage {
    /// Erases the texts, times and devices in a colour profile.
    ///
    /// - Parameter parts: Where the profile is, in order.
    /// - Returns: Whether the profile is well-formed; otherwise it is unchanged.
    mutating func eraseProfile(_ parts: [Range<Int>]) -> Bool {
        let size = parts.reduce(0) { $0 + $1.count }
        guard spend(2 * size) else { return false }
        var profile = EditableImage(parts.flatMap { bytes[$0.clamped(to: 0..<count)] })
        guard profile.eraseOwnTexts(), profile.count == size else { return false }
        var rest = profile.bytes[...]
        for part in parts {
            write(rest.prefix(part.count), at: part.lowerBound)
            rest = rest.dropFirst(part.count)
        }
        return true
    }

    private mutating func eraseOwnTexts() -> Bool {
        guard count >= 132, has("acsp", at: 36), let size = number(at: 0, bytes: 4), size <= count,
            let tags = number(at: 128, bytes: 4), tags <= Self.mostTags, 132 + 12 * tags <= size
        else { return false }
        let table = 0..<132 + 12 * tags
        var (kept, texts) = ([table], [Range<Int>]())
        for entry in stride(from: 132, to: table.upperBound, by: 12) {
            guard let tag = number(at: entry, bytes: 4), let start = number(at: entry + 4, bytes: 4),
                let length = number(at: entry + 8, bytes: 4), start >= table.upperBound, length >= 8,
                length <= size - start, let type = number(at: start, bytes: 4)
            else { continue }
            let isColour = Self.colourTags.contains(tag) && Self.colourTypes.contains(type)
            if isColour { kept.append(start..<start + length) } else { texts.append(start..<start + length) }
        }
        let types = texts.map { number(at: $0.lowerBound, bytes: 4) ?? 0 }
        eraseAll(in: 0..<count, except: kept)
        for (text, type) in zip(texts, types) where !kept.contains(where: { $0.overlaps(text) }) {
            writeEmptyText(type, in: text)
        }
        // The time of creation, the device, the program, and the checksum, which zero says was not computed.
        erase(24..<36)
        erase(48..<56)
        erase(80..<100)
        return true
    }

    /// Some readers require a description and a copyright.
    private mutating func writeEmptyText(_ type: Int, in range: Range<Int>) {
        guard Self.textTypes.contains(type) else { return }
        write((0..<4).map { UInt8(truncatingIfNeeded: type >> (24 - 8 * $0)) }, at: range.lowerBound)
        // The size of each of the zero texts in several languages.
        if type == Self.textTypes[0], range.count >= 16 { write([12], at: range.lowerBound + 15) }
    }

    /// Real profiles have up to about forty.
    private static let mostTags = 200
    private static let textTypes = ["mluc", "desc", "text"].map { Int(fourCharacters($0)) }
    private static let colourTypes: Set<Int> = numbers([
        "XYZ ", "curv", "para", "mft1", "mft2", "mAB ", "mBA ", "mpet", "sf32", "chrm", "cicp", "sig ", "clro", "meas",
        "view", "ncl2",
    ])
    private static let colourTags: Set<Int> = numbers([
        "rXYZ", "gXYZ", "bXYZ", "rTRC", "gTRC", "bTRC", "kTRC", "wtpt", "bkpt", "lumi", "chad", "chrm", "cicp", "gamt",
        "A2B0", "A2B1", "A2B2", "A2B3", "B2A0", "B2A1", "B2A2", "B2A3", "D2B0", "D2B1", "D2B2", "D2B3", "B2D0", "B2D1",
        "B2D2", "B2D3", "pre0", "pre1", "pre2", "rig0", "rig2", "tech", "clro", "clot", "meas", "view", "ncl2",
    ])

    private static func numbers(_ names: [String]) -> Set<Int> { Set(names.map { Int(fourCharacters($0)) }) }
}
