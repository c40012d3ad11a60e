import Files
import FoundationEssentials
import Testing

@testable import Uploads

/// How metadata is erased from small hand-made images. The interop tests use files of real cameras and programs.
struct ImageMetadataTests {
    private let secret = Array("48.8583 N, 2.2944 E".utf8)

    private func type(_ fileExtension: String) throws -> FileType {
        try #require(FileType(fileExtension: fileExtension))
    }

    private func segment(_ marker: UInt8, _ payload: [UInt8]) -> [UInt8] {
        [0xFF, marker, UInt8((payload.count + 2) >> 8), UInt8((payload.count + 2) & 0xFF)] + payload
    }

    private func exif(orientation: UInt8) -> [UInt8] {
        Array("II".utf8) + [42, 0, 8, 0, 0, 0, 2, 0] + [0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]
            + [0x25, 0x88, 4, 0, 1, 0, 0, 0, 38, 0, 0, 0] + [0, 0, 0, 0] + secret
    }

    /// Coded data with a stuffed byte and a restart marker.
    private let scan: [UInt8] = [1, 2, 0xFF, 0, 3, 0xFF, 0xD0, 4]

    private func jpeg(orientation: UInt8, after: [UInt8] = []) -> [UInt8] {
        var bytes: [UInt8] = [0xFF, 0xD8]
        bytes += segment(0xE0, Array("JFIF\0".utf8) + [1, 1, 0, 0, 1, 0, 1, 0, 0])
        bytes += segment(0xE1, Array("Exif\0\0".utf8) + exif(orientation: orientation))
        bytes += segment(0xE1, Array("http://ns.adobe.com/xap/1.0/\0".utf8) + secret)
        bytes += segment(0xE2, Array("ICC_PROFILE\0".utf8) + [1, 1] + ColourProfiles.profile(describedAs: secret))
        bytes += segment(0xE2, Array("MPF\0".utf8) + secret)
        bytes += segment(0xED, Array("Photoshop 3.0\0".utf8) + secret)
        bytes += segment(0xFE, secret)
        bytes += segment(0xDB, secret) + segment(0xDA, [1]) + scan
        // A second scan, as in a progressive JPEG.
        bytes += segment(0xC4, [9]) + segment(0xDA, [2]) + scan + [0xFF, 0xD9]
        return bytes + after
    }

    @Test func keepsThePictureAndOrientationOfAPhoto() throws {
        let photo = jpeg(orientation: 6, after: secret)
        let erased = try #require(try ImageMetadata.erased(from: photo, of: try type("jpg")))
        #expect(erased.count == photo.count)
        // The remaining one is in a table that is needed to decode the picture.
        let places = erased.ranges(of: secret)
        #expect(places.count == 1)
        #expect(photo.ranges(of: secret).count == 8)
        let profile = ColourProfiles.profile(describedAs: [UInt8](repeating: 0, count: secret.count))
        #expect(erased.ranges(of: Array("ICC_PROFILE\0".utf8) + [1, 1] + profile).count == 1)
        #expect(erased.ranges(of: scan).count == 2)
        #expect(erased.ranges(of: [0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6]).count == 1)
        #expect(try ImageMetadata.erased(from: erased, of: try type("jpg")) == nil)
    }

    @Test func erasesAllExifDataOfAnUprightPhoto() throws {
        let erased = try #require(try ImageMetadata.erased(from: jpeg(orientation: 1), of: try type("jpg")))
        #expect(erased.ranges(of: Array("Exif".utf8)).isEmpty)
    }

    @Test func returnsNothingForAnImageWithoutMetadata() throws {
        let plain = [0xFF, 0xD8] + segment(0xDB, [1]) + segment(0xDA, [1]) + scan + [0xFF, 0xD9]
        #expect(try ImageMetadata.erased(from: plain, of: try type("jpg")) == nil)
        #expect(try ImageMetadata.erased(from: secret, of: .text) == nil)
    }

    @Test func erasesTextsOfAPNGAndCorrectsTheirChecksums() throws {
        func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
            [0, 0, 0, UInt8(data.count)] + Array(name.utf8) + data + [9, 9, 9, 9]
        }
        let start: [UInt8] = [0x89] + Array("PNG\r\n".utf8) + [0x1A, 0x0A]
        let image = start + chunk("IHDR", [1]) + chunk("tEXt", secret) + chunk("IDAT", secret) + chunk("IEND", [])
        let erased = try #require(try ImageMetadata.erased(from: image + secret, of: try type("png")))
        #expect(erased.ranges(of: secret).count == 1)
        #expect(erased.ranges(of: Array("IDAT".utf8) + secret).count == 1)
        // The checksum of `voId` and 19 zeros, computed with Python's zlib.
        #expect(erased.ranges(of: Array("voId".utf8) + [UInt8](repeating: 0, count: 19) + voidChecksum).count == 1)
    }

    private let voidChecksum: [UInt8] = [40, 92, 176, 195]

    @Test func erasesMetadataOfAWebP() throws {
        func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
            Array(name.utf8) + [UInt8(data.count), 0, 0, 0] + data + (data.count % 2 == 1 ? [0] : [])
        }
        let chunks =
            chunk("VP8X", [0x0C, 0, 0, 0, 0, 0, 0, 0, 0, 0]) + chunk("VP8 ", secret)
            + chunk("EXIF", exif(orientation: 1)) + chunk("XMP ", secret)
        let image = Array("RIFF".utf8) + [UInt8(chunks.count + 4), 0, 0, 0] + Array("WEBP".utf8) + chunks
        let erased = try #require(try ImageMetadata.erased(from: image, of: try type("webp")))
        #expect(erased.ranges(of: secret).count == 1)
        #expect(erased[20] == 0)
        #expect(erased.ranges(of: Array("JUNK".utf8)).count == 2)
        #expect(try ImageMetadata.erased(from: erased, of: try type("webp")) == nil)
    }

    @Test func erasesCommentsOfAGIF() throws {
        let blocks = [UInt8(secret.count)] + secret + [0]
        let image =
            Array("GIF89a".utf8) + [1, 0, 1, 0, 0, 0, 0] + [0x21, 0xFF, 11] + Array("NETSCAPE2.0".utf8) + [
                3, 1, 0, 0, 0,
            ]
            + [0x21, 0xFE] + blocks + [0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2] + blocks + [0x3B] + secret
        let erased = try #require(try ImageMetadata.erased(from: image, of: try type("gif")))
        #expect(erased.ranges(of: secret).count == 1)
        #expect(erased.ranges(of: [3, 1, 0, 0, 0]).count == 1)
    }

    @Test func erasesTheLocationInATIFF() throws {
        let image = exif(orientation: 3)
        let erased = try #require(try ImageMetadata.erased(from: image, of: try type("tiff")))
        #expect(erased[..<22] == image[..<22])
        #expect(erased.count == image.count)
        #expect(try ImageMetadata.erased(from: erased, of: try type("tiff")) == nil)
    }

    @Test func erasesADirectoryThatATIFFPointsTo() throws {
        let place = [1, 0] + [2, 0, 2, 0, UInt8(secret.count), 0, 0, 0, 56, 0, 0, 0] + [0, 0, 0, 0] + secret
        let image = exif(orientation: 3).dropLast(secret.count) + place
        let erased = try #require(try ImageMetadata.erased(from: Array(image), of: try type("tiff")))
        #expect(erased.ranges(of: secret).isEmpty)
        #expect(try ImageMetadata.erased(from: erased, of: try type("tiff")) == nil)
    }

    /// Every entry of one directory refers to other directories, which overlap: four billion entries in all.
    @Test(.timeLimit(.minutes(1))) func refusesATIFFWithEndlessMetadata() throws {
        let count = 65_535
        let first = 10 + count * 12 + 4
        var image: [UInt8] = Array("II".utf8) + [42, 0, 8, 0, 0, 0, 0xFF, 0xFF]
        for entry in 0..<count {
            image += [0x4A, 0x01, 4, 0, 1, 0, 0, 0] + (0..<4).map { UInt8((first + entry) >> (8 * $0) & 0xFF) }
        }
        image += [0, 0, 0, 0] + [UInt8](repeating: 0xFF, count: 2 * 12 * count)
        #expect(throws: EndlessMetadata()) { try ImageMetadata.erased(from: image, of: try type("tiff")) }
    }

    /// Items with the maximum number of extents, each of which takes up no bytes.
    @Test(.timeLimit(.minutes(1))) func refusesAnAVIFWithEndlessMetadata() throws {
        func box(_ type: String, _ content: [UInt8]) -> [UInt8] {
            let size = content.count + 8
            return [UInt8(size >> 24), UInt8(size >> 16 & 0xFF), UInt8(size >> 8 & 0xFF), UInt8(size & 0xFF)]
                + Array(type.utf8) + content
        }
        let item: [UInt8] = [0, 1, 0, 0, 0xFF, 0xFF]
        let locations = [0, 0, 0, 0, 0, 0, 0xFF, 0xFF] + Array(repeatElement(item, count: 60_000).joined())
        let entry = box("infe", [2, 0, 0, 0, 0, 1, 0, 0] + Array("Exif".utf8) + [0])
        let image = box("meta", [0, 0, 0, 0] + box("iinf", [0, 0, 0, 0, 0, 1] + entry) + box("iloc", locations))
        #expect(throws: EndlessMetadata()) { try ImageMetadata.erased(from: image, of: try type("avif")) }
    }

    private static let webP: [UInt8] = Array("RIFF".utf8) + [0xFF, 0xFF, 0xFF, 0x7F] + Array("WEBP".utf8)

    private static func repeated(_ part: [UInt8], _ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(part.count * count)
        for _ in 0..<count { bytes += part }
        return bytes
    }

    /// Parts that are as small as the format allows.
    static let tinyParts: [(type: String, start: [UInt8], part: [UInt8])] = [
        ("png", [0x89] + Array("PNG\r\n\u{1A}\n".utf8), [0, 0, 0, 0] + Array("IDAT".utf8) + [0, 0, 0, 0]),
        ("png", [0x89] + Array("PNG\r\n\u{1A}\n".utf8), [0, 0, 0, 1] + Array("tEXt".utf8) + [0, 0, 0, 0, 0]),
        ("png", [0x89] + Array("PNG\r\n\u{1A}\n".utf8), [0, 0, 0, 0] + Array("eXIf".utf8) + [0, 0, 0, 0]),
        ("jpg", [0xFF, 0xD8], [0xFF]), ("jpg", [0xFF, 0xD8], [0xFF, 0x01]), ("jpg", [0xFF, 0xD8], [0xFF, 0xD0]),
        ("jpg", [0xFF, 0xD8], [0xFF, 0xFE, 0, 2]), ("jpg", [0xFF, 0xD8], [0xFF, 0xE1, 0, 2]),
        ("jpg", [0xFF, 0xD8], [0xFF, 0xDA, 0, 2]),
        ("gif", Array("GIF89a".utf8) + [1, 0, 1, 0, 0, 0, 0], [0x21, 0xFE, 0]),
        ("gif", Array("GIF89a".utf8) + [1, 0, 1, 0, 0, 0, 0], [0x21, 0xF9, 0]),
        ("gif", Array("GIF89a".utf8) + [1, 0, 1, 0, 0, 0, 0, 0x21, 0xFE], [1, 7]),
        ("gif", Array("GIF89a".utf8) + [1, 0, 1, 0, 0, 0, 0, 0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2], [1, 7]),
        ("webp", webP, Array("ALPH".utf8) + [0, 0, 0, 0]), ("webp", webP, Array("EXIF".utf8) + [0, 0, 0, 0]),
    ]

    @Test(.timeLimit(.minutes(1)), arguments: tinyParts.indices)
    func refusesAnImageOfTinyParts(index: Int) throws {
        let (name, start, part) = Self.tinyParts[index]
        let image = start + Self.repeated(part, EditableImage.maximumSteps + 10)
        #expect(throws: EndlessMetadata()) { try ImageMetadata.erased(from: image, of: try type(name)) }
    }

    /// What real programs write, in images as large as those that are cleaned.
    @Test(.timeLimit(.minutes(1))) func acceptsLargeImagesOfOrdinaryParts() throws {
        let size = UploadConfirmation.largestCleanedImage - 1_000
        let header = Array("GIF89a".utf8) + [1, 0, 1, 0, 0, 0, 0, 0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2] as [UInt8]
        let block = [255] + [UInt8](repeating: 7, count: 255)
        let gif = header + Self.repeated(block, size / 256) + [0, 0x3B]
        #expect(try ImageMetadata.erased(from: gif, of: try type("gif")) == nil)

        let chunk = [0, 0, 0x10, 0] + Array("IDAT".utf8) + [UInt8](repeating: 7, count: 4_100)
        let png = [0x89] + Array("PNG\r\n\u{1A}\n".utf8) + Self.repeated(chunk, size / 4_112)
        #expect(try ImageMetadata.erased(from: png, of: try type("png")) == nil)

        // Every coded byte is stuffed: one pass, whatever the bytes are.
        let coded = Self.repeated(Self.repeated([0xFF, 0], 4_096), size / 8_192)
        let jpeg = [0xFF, 0xD8, 0xFF, 0xDA, 0, 2] + coded + [0xFF, 0xD9]
        #expect(try ImageMetadata.erased(from: jpeg, of: try type("jpg")) == nil)
    }

    @Test(arguments: ["jpg", "png", "gif", "webp", "avif", "heic", "tiff"])
    func survivesDamagedImages(fileExtension: String) throws {
        let type = try type(fileExtension)
        var generator = SeededGenerator(state: 7)
        let whole = jpeg(orientation: 6)
        let starts: [[UInt8]] = [
            whole, Array("GIF89a".utf8), [0x89] + Array("PNG\r\n".utf8), Array("II*\0\u{8}\0\0\0".utf8),
            [0, 0, 0, 40] + Array("meta".utf8), Array("RIFF\u{40}\0\0\0WEBP".utf8), exif(orientation: 3), [],
        ]
        for start in starts {
            for _ in 0..<200 {
                var bytes =
                    start + (0..<Int.random(in: 0...80, using: &generator)).map { _ in UInt8(generator.next() & 0xFF) }
                for _ in 0..<3 where !bytes.isEmpty {
                    bytes[Int.random(in: bytes.indices, using: &generator)] =
                        [0, 1, 0x7F, 0xFF].randomElement(using: &generator) ?? 0
                }
                let erased = try ImageMetadata.erased(from: bytes, of: type)
                #expect(erased == nil || erased?.count == bytes.count)
                // Erasing again finds nothing.
                if let erased { #expect(try ImageMetadata.erased(from: erased, of: type) == nil) }
            }
        }
    }
}

/// Generates the same numbers in every run.
private struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ state >> 29
    }
}
