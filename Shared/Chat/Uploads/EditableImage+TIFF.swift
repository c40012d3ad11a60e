/// TIFF 6.0 with its supplements.
extension EditableImage {
    /// Keeps the pixels of all pages and of the images that belong to them, and what is needed to decode them. The entries
    /// of directories with other tags become one zero byte.
    mutating func eraseTIFF() {
        let isLittle = has("II", at: 0)
        guard isLittle || has("MM", at: 0), number(at: 2, bytes: 2, littleEndian: isLittle) == 42,
            let first = number(at: 4, bytes: 4, littleEndian: isLittle)
        else { return }
        var content = TIFFContent(isLittle: isLittle, directories: [first])
        var visited: Set<Int> = []
        while let start = content.directories.popLast(), step() {
            guard start >= 8, visited.insert(start).inserted,
                let entries = number(at: start, bytes: 2, littleEndian: isLittle), start + 2 + 12 * entries <= count
            else { continue }
            let end = start + 2 + 12 * entries
            content.kept.append(start..<min(end + 4, count))
            if let next = number(at: end, bytes: 4, littleEndian: isLittle) { content.directories.append(next) }
            eraseDirectory(at: start, entries, &content)
        }
        eraseAll(in: 0..<count, except: content.kept)
        for range in content.jpeg where step() { eraseJPEG(in: range) }
    }

    private struct TIFFContent {
        let isLittle: Bool
        /// The offsets of directories to visit.
        var directories: [Int]
        var kept = [0..<8]
        /// Coded data that are JPEG.
        var jpeg: [Range<Int>] = []
    }

    private struct Entry {
        var tag: Int
        var type: Int
        var count: Int
        var value: Range<Int>
    }

    private mutating func eraseDirectory(at start: Int, _ entries: Int, _ content: inout TIFFContent) {
        var numbers: [Int: [Int]] = [:]
        var tables: Range<Int>?
        for index in 0..<entries {
            guard step() else { return }
            let offset = start + 2 + 12 * index
            guard let entry = entry(at: offset, content.isLittle), isNeeded(entry), keepsProfile(entry) else {
                erase(offset + 2..<offset + 12)
                write(content.isLittle ? [1, 0, 1, 0, 0, 0] : [0, 1, 0, 0, 0, 1], at: offset + 2)
                continue
            }
            content.kept.append(entry.value)
            if Self.locatingTags.contains(entry.tag) {
                numbers[entry.tag, default: []] += values(of: entry, content.isLittle)
            }
            if entry.tag == 0x015B { tables = entry.value }
        }
        content.directories += numbers[0x014A] ?? []
        let isJPEG = numbers[0x0103]?.contains { $0 == 6 || $0 == 7 } ?? false
        let data = [(0x0111, 0x0117), (0x0144, 0x0145), (0x0201, 0x0202)].flatMap { offsets, lengths in
            ranges(numbers[offsets] ?? [], numbers[lengths] ?? [])
        }
        content.kept += data
        if isJPEG { content.jpeg += data + (tables.map { [$0] } ?? []) }
    }

    private func entry(at offset: Int, _ isLittle: Bool) -> Entry? {
        guard let tag = number(at: offset, bytes: 2, littleEndian: isLittle),
            let type = number(at: offset + 2, bytes: 2, littleEndian: isLittle),
            let count = number(at: offset + 4, bytes: 4, littleEndian: isLittle), let width = Self.widths[type],
            let value = number(at: offset + 8, bytes: 4, littleEndian: isLittle)
        else { return nil }
        let start = count * width <= 4 ? offset + 8 : value
        guard start >= 8, start <= self.count, count * width <= self.count - start else { return nil }
        return Entry(tag: tag, type: type, count: count, value: start..<start + count * width)
    }

    /// Whether a decoder needs the entry. Apart from tables and profiles, all that it needs are numbers.
    private func isNeeded(_ entry: Entry) -> Bool {
        switch entry.tag {
        case 0x015B, 0x8773: entry.type == 7 || entry.type == 1
        case _ where entry.type == 2 || entry.type == 7: false
        case _ where Self.locatingTags.contains(entry.tag): [3, 4, 13].contains(entry.type)
        default: Self.neededTags.contains(entry.tag)
        }
    }

    /// False for a colour profile that is damaged.
    private mutating func keepsProfile(_ entry: Entry) -> Bool { entry.tag != 0x8773 || eraseProfile([entry.value]) }

    private mutating func values(of entry: Entry, _ isLittle: Bool) -> [Int] {
        var values: [Int] = []
        let width = Self.widths[entry.type] ?? 4
        for offset in stride(from: entry.value.lowerBound, to: entry.value.upperBound, by: width) {
            guard step(), let value = number(at: offset, bytes: width, littleEndian: isLittle) else { break }
            values.append(value)
        }
        return values
    }

    /// Old programs left out the lengths; the data then can be all that follows.
    private func ranges(_ offsets: [Int], _ lengths: [Int]) -> [Range<Int>] {
        offsets.enumerated().map { index, offset in
            let length = index < lengths.count ? lengths[index] : 0
            let start = min(offset, count)
            return start..<(length == 0 ? count : min(start + length, count))
        }
    }

    /// The widths of the types in bytes.
    private static let widths = [
        1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4,
    ]

    /// The compression, and where strips, tiles, JPEG data and further directories are.
    private static let locatingTags: Set<Int> = [
        0x0103, 0x0111, 0x0117, 0x0144, 0x0145, 0x014A, 0x0201, 0x0202,
    ]

    /// The size, the layout and the colours of the pixels; the resolution, the orientation, and the options of compressions.
    private static let neededTags: Set<Int> = [
        0x00FE, 0x00FF, 0x0100, 0x0101, 0x0102, 0x0106, 0x0107, 0x0108, 0x0109, 0x010A, 0x0112, 0x0115, 0x0116, 0x0118,
        0x0119, 0x011A, 0x011B, 0x011C, 0x0122, 0x0123, 0x0124, 0x0125, 0x0128, 0x0129, 0x012D, 0x013D, 0x013E, 0x013F,
        0x0140, 0x0141, 0x0142, 0x0143, 0x0146, 0x0147, 0x0148, 0x014C, 0x014E, 0x0150, 0x0152, 0x0153, 0x0154, 0x0155,
        0x0156, 0x0200, 0x0203, 0x0205, 0x0206, 0x0207, 0x0208, 0x0209, 0x0211, 0x0212, 0x0213, 0x0214, 0x80E3, 0x80E4,
        0x80E5, 0x80E6,
    ]
}
