/// HEIC and AVIF: ISO/IEC 14496-12 and 23008-12.
extension EditableImage {
    /// Keeps the images and image sequences, with their properties. Boxes of other types become free space, and all media
    /// data that no kept image refers to are erased. The orientation is a property of the image.
    mutating func eraseHighEfficiency() {
        var (media, used) = ([Range<Int>](), [Range<Int>]())
        for (index, box) in boxes(in: 0..<count, isFile: true).enumerated() {
            switch box.type {
            case "ftyp" where index == 0: break
            case "mdat": media.append(box.content)
            case "meta": used += eraseItems(in: box.content.dropFirst(4))
            case "moov": used += eraseMovie(in: box.content)
            default: erase(box)
            }
        }
        for data in media { eraseAll(in: data, except: used) }
        writeEmptyExif()
    }

    struct Box {
        /// The offset of the type.
        var start: Int
        var type: String
        var content: Range<Int>
    }

    /// Bytes that are not a box are erased.
    ///
    /// - Parameter isFile: Whether the last box may be cut off.
    mutating func boxes(in range: Range<Int>, isFile: Bool = false) -> [Box] {
        var (boxes, offset) = ([Box](), range.lowerBound)
        while offset + 8 <= range.upperBound, var size = number(at: offset, bytes: 4), boxes.count < 10_000, step() {
            var header = 8
            if size == 1 {
                size = number(at: offset + 8, bytes: 8) ?? 0
                header = 16
            } else if size == 0 {
                size = range.upperBound - offset
            }
            if isFile, has("mdat", at: offset + 4) { size = min(size, range.upperBound - offset) }
            guard size >= header, size <= range.upperBound - offset, number(at: offset + 4, bytes: 4) != 0 else {
                break
            }
            let type = String(decoding: bytes[offset + 4..<offset + 8], as: UTF8.self)
            boxes.append(Box(start: offset + 4, type: type, content: offset + header..<offset + size))
            offset += size
        }
        erase(offset..<range.upperBound)
        return boxes
    }

    mutating func erase(_ box: Box) {
        erase(box.content)
        write("free".utf8, at: box.start)
    }

    /// Keeps the boxes of a container that are in the list for its type, and erases texts and times in them.
    mutating func eraseBoxes(in range: Range<Int>, of container: String) {
        let needed = Self.neededBoxes[container] ?? []
        for box in boxes(in: range) {
            guard needed.contains(box.type) else {
                erase(box)
                continue
            }
            switch box.type {
            case "hdlr": erase(box.content.dropFirst(12))
            // The times of creation and modification follow the version and flags.
            case "mvhd", "tkhd", "mdhd":
                erase(box.content.dropFirst(4).prefix(self[box.content.lowerBound] == 1 ? 16 : 8))
            case "dref": eraseReferences(in: box.content.dropFirst(8))
            case "colr": eraseColours(box)
            case "stsd":
                for entry in boxes(in: box.content.dropFirst(8)) { eraseSampleEntry(entry) }
            case _ where Self.neededBoxes[box.type] != nil: eraseBoxes(in: box.content, of: box.type)
            default: break
            }
        }
    }

    private static let properties: Set<String> = [
        "hvcC", "lhvC", "av1C", "avcC", "vvcC", "evcC", "jpgC", "j2kH", "uncC", "cmpd", "ispe", "pixi", "colr", "pasp",
        "clap", "irot", "imir", "auxC", "rloc", "lsel", "tols", "oinf", "a1lx", "a1op", "clli", "mdcv", "cclv", "amve",
        "reve", "ndwt", "iscl",
    ]

    private static let neededBoxes: [String: Set<String>] = [
        "meta": ["hdlr", "pitm", "iloc", "iinf", "iprp", "iref", "idat", "grpl", "dinf"],
        "iprp": ["ipco", "ipma"],
        "ipco": properties,
        "moov": ["mvhd", "trak"],
        "trak": ["tkhd", "edts", "tref", "mdia"],
        "edts": ["elst"],
        "mdia": ["mdhd", "hdlr", "minf"],
        "minf": ["vmhd", "nmhd", "dinf", "stbl"],
        "dinf": ["dref"],
        "stbl": [
            "stsd", "stts", "ctts", "cslg", "stsc", "stsz", "stz2", "stco", "co64", "stss", "sdtp", "sbgp", "sgpd",
        ],
        "sample": properties.union(["ccst", "auxi", "btrt"]),
    ]

    /// An external file has an address; the file itself has none.
    private mutating func eraseReferences(in range: Range<Int>) {
        for box in boxes(in: range) { erase(box.content.dropFirst(4)) }
    }

    private mutating func eraseColours(_ box: Box) {
        let content = box.content
        if has("nclx", at: content.lowerBound) {
            erase(content.dropFirst(11))
        } else {
            let isProfile = has("prof", at: content.lowerBound) || has("rICC", at: content.lowerBound)
            if !isProfile || !eraseProfile([content.dropFirst(4)]) { erase(box) }
        }
    }

    private mutating func eraseSampleEntry(_ entry: Box) {
        // The name of the encoder, which ends 4 bytes before the boxes.
        erase(entry.content.dropFirst(42).prefix(32))
        eraseBoxes(in: entry.content.dropFirst(78), of: "sample")
    }
}

extension Range<Int> {
    fileprivate func prefix(_ count: Int) -> Range<Int> { lowerBound..<Swift.min(lowerBound + count, upperBound) }
}
