/// Formats that refer to their parts by offsets.
extension HiddenMetadataTests {
    private static let secret = Array("48.8583 N, 2.2944 E".utf8)
    private static let pixels = Array("the coded image".utf8)

    private static func word(_ number: Int) -> [UInt8] { ColourProfiles.word(number) }

    // MARK: HEIC and AVIF

    private static func box(_ type: String, _ content: [UInt8]) -> [UInt8] {
        word(content.count + 8) + Array(type.utf8) + content
    }

    private static let fileType = box("ftyp", Array("heic".utf8) + [0, 0, 0, 0] + Array("mif1heic".utf8))

    private static func item(_ id: UInt8, _ type: String) -> [UInt8] {
        box("infe", [2, 0, 0, 0, 0, id, 0, 0] + Array(type.utf8) + secret + [0])
    }

    /// A file with an image, then an item of another type, then bytes that belong to no item.
    private static func image(
        item type: String = "mime",
        property: [UInt8] = box("ispe", [UInt8](repeating: 1, count: 12)),
        metadata: [UInt8] = [],
        after: [UInt8] = []
    ) -> [UInt8] {
        func meta(at offset: Int) -> [UInt8] {
            let items: [UInt8] = [0, 0, 0, 0, 0, 2] + item(1, "hvc1") + item(2, type)
            let locations: [UInt8] =
                [0, 0, 0, 0, 0x44, 0, 0, 2] + [0, 1, 0, 0, 0, 1] + word(offset) + word(pixels.count)
                + [0, 2, 0, 0, 0, 1] + word(offset + pixels.count) + word(secret.count)
            return box(
                "meta",
                [0, 0, 0, 0] + box("hdlr", [UInt8](repeating: 0, count: 8) + Array("pict".utf8) + secret)
                    + box("iinf", items) + box("iloc", locations) + box("iprp", box("ipco", property)) + metadata
            )
        }
        let offset = fileType.count + meta(at: 0).count + 8
        return fileType + meta(at: offset) + box("mdat", pixels + secret + secret) + after
    }

    /// A movie with one track, whose only sample is the coded image.
    private static func sequence(_ handler: String, more: [UInt8] = []) -> [UInt8] {
        func movie(at offset: Int) -> [UInt8] {
            let entry = [UInt8](repeating: 0, count: 42) + secret + [UInt8](repeating: 0, count: 17)
            let table =
                box("stsd", word(0) + word(1) + box("hvc1", entry + box("hvcC", [7]) + box("uuid", secret)))
                + box("stsc", word(0) + word(1) + word(1) + word(1) + word(1))
                + box("stsz", word(0) + word(0) + word(1) + word(pixels.count))
                + box("stco", word(0) + word(1) + word(offset))
            let media =
                box("hdlr", [UInt8](repeating: 0, count: 8) + Array(handler.utf8) + secret)
                + box("minf", box("stbl", table))
            return box(
                "moov",
                box("mvhd", word(0) + secret.prefix(8) + word(7)) + box("trak", box("mdia", media))
                    + box("udta", secret) + more
            )
        }
        let offset = fileType.count + movie(at: 0).count + 8
        return fileType + movie(at: offset) + box("mdat", pixels + secret)
    }

    static let highEfficiencies: [Sample] = {
        let topBoxes = ["mpvd", "sefd", "uuid", "udta", "free", "skip", "JUNK", "wide", "moof", "ftyp"].map {
            Sample(type: "heic", name: $0, bytes: image(after: box($0, secret)))
        }
        let items = ["mime", "uri ", "Exif", "c2pa"].map { Sample(type: "avif", name: $0, bytes: image(item: $0)) }
        let innerBoxes = ["xml ", "udta", "uuid"].map {
            Sample(type: "heic", name: "meta/\($0)", bytes: image(metadata: box($0, secret)))
        }
        let properties = ["udes", "altt", "crtt", "uuid"].map {
            Sample(type: "heic", name: "ipco/\($0)", bytes: image(property: box($0, secret)))
        }
        let profile = ColourProfiles.profile(describedAs: secret)
        return topBoxes + items + innerBoxes + properties + [
            Sample(type: "heic", name: "bytes after the last box", bytes: image(after: secret)),
            Sample(
                type: "heic",
                name: "text as a profile",
                bytes: image(property: box("colr", Array("prof".utf8) + secret))
            ),
            Sample(
                type: "heic",
                name: "a profile",
                bytes: image(property: box("colr", Array("prof".utf8) + profile)),
                kept: [pixels, Array("wtpt".utf8)]
            ),
            Sample(type: "avif", name: "a sequence", bytes: sequence("pict"), kept: [pixels, box("hvcC", [7])]),
            Sample(type: "avif", name: "a video", bytes: sequence("vide"), kept: []),
        ]
    }()

    // MARK: TIFF

    private static func short(_ number: Int, _ isLittle: Bool) -> [UInt8] {
        let bytes = [UInt8(number >> 8 & 0xFF), UInt8(number & 0xFF)]
        return isLittle ? bytes.reversed() : bytes
    }

    private static func long(_ number: Int, _ isLittle: Bool) -> [UInt8] {
        isLittle ? word(number).reversed() : word(number)
    }

    private static func directory(_ entries: [(tag: Int, type: Int, count: Int, value: Int)], _ isLittle: Bool)
        -> [UInt8]
    {
        var bytes = short(entries.count, isLittle)
        for entry in entries {
            let value = entry.type == 3 ? short(entry.value, isLittle) + [0, 0] : long(entry.value, isLittle)
            bytes += short(entry.tag, isLittle) + short(entry.type, isLittle) + long(entry.count, isLittle) + value
        }
        return bytes + [0, 0, 0, 0]
    }

    /// A page, and an image that belongs to it. Both have an entry of a tag with the secret.
    private static func tiff(_ tag: Int, type: Int, _ isLittle: Bool) -> [UInt8] {
        let start = 8 + pixels.count + secret.count
        let entries = [
            (0x0111, 4, 1, 8), (0x0112, 3, 1, 6), (0x0117, 4, 1, pixels.count),
            (tag, type, secret.count, 8 + pixels.count),
        ]
        let child = directory(entries, isLittle)
        return Array((isLittle ? "II" : "MM").utf8) + short(42, isLittle) + long(start + child.count, isLittle) + pixels
            + secret + child + directory(entries + [(0x014A, 4, 1, start)], isLittle) + secret
    }

    static let tiffs: [Sample] = {
        let tags = [
            0x010F, 0x011D, 0x014D, 0x02BC, 0x1000, 0x4746, 0x830E, 0x8482, 0x87AF, 0x87B1, 0x882A, 0x8769, 0x8825,
            0x9003,
            0x9004, 0x9213, 0x9286, 0x935C, 0xA420, 0xA430, 0xA431, 0xA480, 0xC614, 0xC634, 0xC68B, 0xC6F7,
        ]
        // Tags that are needed, with types that they cannot have.
        let wrong = [(0x014A, 7), (0x0100, 2), (0x0128, 7), (0x8773, 7), (0x0111, 1)]
        let samples = tags.map { ($0, 2) } + tags.map { ($0, 7) } + wrong
        return samples.enumerated().map { index, sample in
            let isLittle = index % 2 == 0
            return Sample(
                type: "tiff",
                name: "tag \(sample.0), type \(sample.1)",
                bytes: tiff(sample.0, type: sample.1, isLittle),
                kept: [pixels, short(0x0112, isLittle) + short(3, isLittle) + long(1, isLittle) + short(6, isLittle)]
            )
        }
    }()
}
