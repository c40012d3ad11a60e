/// Formats that refer to their metadata by offsets.
extension EditableImage {
    // MARK: HEIC and AVIF

    /// Erases the items that are Exif or XMP (ISO/IEC 14496-12 and 23008-12). The orientation is kept: in these formats it
    /// is a property of the image.
    mutating func eraseHighEfficiency() {
        for box in boxes(in: 0..<count) {
            switch box.type {
            case "free", "skip": erase(box.content)
            case "meta": eraseItems(in: box.content.dropFirst(4))
            default: break
            }
        }
    }

    private struct Box {
        var type: String
        var content: Range<Int>
    }

    private mutating func boxes(in range: Range<Int>) -> [Box] {
        var (boxes, offset) = ([Box](), range.lowerBound)
        while offset + 8 <= range.upperBound, var size = number(at: offset, bytes: 4), boxes.count < 10_000, step() {
            var header = 8
            if size == 1 {
                size = number(at: offset + 8, bytes: 8) ?? 0
                header = 16
            } else if size == 0 {
                size = range.upperBound - offset
            }
            guard size >= header, size <= range.upperBound - offset else { break }
            let type = String(decoding: bytes[offset + 4..<offset + 8], as: UTF8.self)
            boxes.append(Box(type: type, content: offset + header..<offset + size))
            offset += size
        }
        return boxes
    }

    private mutating func eraseItems(in meta: Range<Int>) {
        let boxes = boxes(in: meta)
        let content = { (type: String) in boxes.first { $0.type == type }?.content }
        guard let list = content("iinf"), let locations = content("iloc") else { return }
        let items = metadataItems(in: list)
        for extent in extents(of: items, in: locations, data: content("idat")) {
            erase(extent.range)
            // An empty TIFF structure after four bytes of offset: decoders refuse an image whose Exif item is invalid.
            if extent.isExif, extent.range.count >= 14 {
                write(Array("MM".utf8) + [0, 42, 0, 0, 0, 8], at: extent.range.lowerBound + 4)
            }
        }
    }

    /// The ids of the metadata items, and whether each is Exif.
    private mutating func metadataItems(in list: Range<Int>) -> [Int: Bool] {
        let countWidth = self[list.lowerBound] == 0 ? 2 : 4
        var items: [Int: Bool] = [:]
        for entry in boxes(in: list.dropFirst(4 + countWidth)) where entry.type == "infe" {
            let start = entry.content.lowerBound
            let width = self[start] == 3 ? 4 : 2
            guard let version = self[start], version >= 2, let item = number(at: start + 4, bytes: width) else {
                continue
            }
            let type = start + 4 + width + 2
            if has("mime", at: type) || has("uri ", at: type) { items[item] = false }
            if has("Exif", at: type) { items[item] = true }
        }
        return items
    }

    /// - Parameter data: The content of the `idat` box, to which extents can be relative instead of to the file.
    private mutating func extents(of items: [Int: Bool], in locations: Range<Int>, data: Range<Int>?) -> [Extent] {
        let start = locations.lowerBound
        guard let version = self[start], let widths = number(at: start + 4, bytes: 2), version <= 2 else { return [] }
        let (offsetWidth, lengthWidth) = (widths >> 12 & 15, widths >> 8 & 15)
        let (baseWidth, indexWidth) = (widths >> 4 & 15, version == 0 ? 0 : widths & 15)
        var reader = Reader(image: self, offset: start + 6, end: locations.upperBound)
        var extents: [Extent] = []
        for _ in 0..<(reader.next(version == 2 ? 4 : 2) ?? 0) {
            guard let item = reader.next(version == 2 ? 4 : 2) else { break }
            let method = version == 0 ? 0 : (reader.next(2) ?? 0) & 15
            guard let source = reader.next(2), let base = reader.next(baseWidth), let count = reader.next(2), step()
            else { break }
            for _ in 0..<count {
                // All of these fields may be zero bytes wide.
                guard step(), reader.next(indexWidth) != nil, let offset = reader.next(offsetWidth),
                    let length = reader.next(lengthWidth)
                else { return extents }
                guard let isExif = items[item], source == 0, method <= 1, extents.count < 10_000 else { continue }
                guard method == 0 || data != nil else { continue }
                let first = base.addingReportingOverflow(offset).partialValue
                    .addingReportingOverflow(method == 1 ? data?.lowerBound ?? 0 : 0).partialValue
                guard first >= 0, first < self.count else { continue }
                let range = first..<first + min(length, self.count - first)
                extents.append(Extent(range: range, isExif: isExif && extents.last?.item != item, item: item))
            }
        }
        return extents
    }

    private struct Extent {
        var range: Range<Int>
        /// Whether this is the first extent of an Exif item.
        var isExif: Bool
        var item: Int
    }

    private struct Reader {
        let image: EditableImage
        var offset: Int
        let end: Int

        mutating func next(_ width: Int) -> Int? {
            guard offset + width <= end, let number = image.number(at: offset, bytes: width) else { return nil }
            offset += width
            return number
        }
    }

    // MARK: TIFF

    /// The tags of TIFF 6.0, Exif and Photoshop that are not needed to display the image: names, places, times and texts.
    private static let describingTags: Set<Int> = [
        0x010D, 0x010E, 0x010F, 0x0110, 0x0131, 0x0132, 0x013B, 0x013C, 0x02BC, 0x8298, 0x83BB, 0x8649, 0x8769, 0x8825,
        0x927C, 0x935C, 0x9C9B, 0x9C9C, 0x9C9D, 0x9C9E, 0x9C9F, 0xC4A5, 0xC62F,
    ]

    mutating func eraseTIFF() {
        let isLittle = has("II", at: 0)
        guard isLittle || has("MM", at: 0), number(at: 2, bytes: 2, littleEndian: isLittle) == 42,
            var directory = number(at: 4, bytes: 4, littleEndian: isLittle)
        else { return }
        // The limit ends a circular list of directories.
        for _ in 0..<64 where directory > 0 && step() {
            guard let entries = number(at: directory, bytes: 2, littleEndian: isLittle) else { return }
            eraseDirectory(at: directory, isLittle) { Self.describingTags.contains($0) }
            directory = number(at: directory + 2 + 12 * entries, bytes: 4, littleEndian: isLittle) ?? 0
        }
    }

    private mutating func eraseDirectory(at start: Int, _ isLittle: Bool, where isDescribing: (_ tag: Int) -> Bool) {
        guard let entries = number(at: start, bytes: 2, littleEndian: isLittle) else { return }
        for entry in (0..<entries).map({ start + 2 + 12 * $0 }) {
            guard let tag = number(at: entry, bytes: 2, littleEndian: isLittle),
                let type = number(at: entry + 2, bytes: 2, littleEndian: isLittle),
                let count = number(at: entry + 4, bytes: 4, littleEndian: isLittle),
                let value = number(at: entry + 8, bytes: 4, littleEndian: isLittle), step()
            else { return }
            guard isDescribing(tag) else { continue }
            let size = count * ([1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8][type] ?? 1)
            if tag == 0x8769 || tag == 0x8825 {
                // An erased pointer has another type and is not followed again.
                let isPointer = (type == 4 || type == 13) && value >= 8 && value != start
                if isPointer { eraseDirectory(at: value, isLittle) { $0 != 0x8769 && $0 != 0x8825 } }
            } else if size > 4 {
                erase(value..<max(value, min(value + size, self.count)))
            }
            // The entry becomes one zero byte. It cannot be removed, because the directory has a count of entries.
            erase(entry + 2..<entry + 12)
            write(isLittle ? [1, 0, 1, 0, 0, 0] : [0, 1, 0, 0, 0, 1], at: entry + 2)
        }
    }
}

extension Range<Int> {
    fileprivate func dropFirst(_ count: Int) -> Range<Int> { Swift.min(lowerBound + count, upperBound)..<upperBound }
}
