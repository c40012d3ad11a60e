/// The images in the `meta` box of HEIC and AVIF.
extension EditableImage {
    /// Erases the items that are not images, and in their descriptions all texts.
    ///
    /// - Returns: Where the data of the images are.
    mutating func eraseItems(in meta: Range<Int>) -> [Range<Int>] {
        eraseBoxes(in: meta, of: "meta")
        let boxes = boxes(in: meta)
        let content = { (type: String) in boxes.first { $0.type == type }?.content }
        let data = boxes.filter { $0.type == "idat" }.map(\.content)
        let items = content("iinf").map { eraseNames(in: $0) } ?? [:]
        let extents = content("iloc").map { self.extents(of: items, in: $0, data: data.first) } ?? []
        let images = extents.filter { $0.kind == .image }.map(\.range)
        for range in data { eraseAll(in: range, except: images) }
        for extent in extents where extent.kind == .exif { erase(extent.range) }
        for extent in extents where extent.kind == .exif && extent.isFirst && extent.range.count >= 14 {
            emptyExif.append(extent.range.lowerBound + 4)
        }
        return images
    }

    /// Decoders refuse an image whose Exif item is invalid. This is an empty TIFF structure after four bytes of offset.
    mutating func writeEmptyExif() {
        for offset in emptyExif { write(Array("MM".utf8) + [0, 42, 0, 0, 0, 8], at: offset) }
    }

    private enum ItemKind { case image, exif, other }

    private static let imageTypes = [
        "hvc1", "hev1", "lhv1", "av01", "avc1", "vvc1", "evc1", "jpeg", "j2k1", "unci", "grid", "iden", "iovl", "tmap",
    ]

    /// The kinds of the items by their ids.
    private mutating func eraseNames(in list: Range<Int>) -> [Int: ItemKind] {
        let countWidth = self[list.lowerBound] == 0 ? 2 : 4
        var items: [Int: ItemKind] = [:]
        for entry in boxes(in: list.dropFirst(4 + countWidth)) where entry.type == "infe" {
            let start = entry.content.lowerBound
            let width = self[start] == 3 ? 4 : 2
            let type = start + 4 + width + 2
            guard let version = self[start], version >= 2, let item = number(at: start + 4, bytes: width) else {
                erase(entry.content.dropFirst(8))
                continue
            }
            // The item's name and, for some types, a content type or an address.
            erase(entry.content.dropFirst(type + 4 - start))
            items[item] = has("Exif", at: type) ? .exif : .other
            if Self.imageTypes.contains(where: { has($0, at: type) }) { items[item] = .image }
        }
        return items
    }

    private struct Extent {
        var range: Range<Int>
        var kind: ItemKind
        /// Whether this is the first extent of the item.
        var isFirst: Bool
    }

    /// - Parameter data: The content of the `idat` box, to which extents can be relative instead of to the file.
    private mutating func extents(of items: [Int: ItemKind], in locations: Range<Int>, data: Range<Int>?) -> [Extent] {
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
            for index in 0..<count {
                // All of these fields may be zero bytes wide.
                guard step(), reader.next(indexWidth) != nil, let offset = reader.next(offsetWidth),
                    let length = reader.next(lengthWidth)
                else { return extents }
                guard let kind = items[item], source == 0, method <= 1, length > 0 else { continue }
                guard method == 0 || data != nil else { continue }
                let first = base.addingReportingOverflow(offset).partialValue
                    .addingReportingOverflow(method == 1 ? data?.lowerBound ?? 0 : 0).partialValue
                guard first >= 0, first < self.count else { continue }
                let range = first..<first + min(length, self.count - first)
                extents.append(Extent(range: range, kind: kind, isFirst: index == 0))
            }
        }
        return extents
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
}
