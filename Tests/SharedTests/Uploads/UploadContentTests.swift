import Files
import FoundationEssentials
import Testing

@testable import Uploads

/// How file types and image sizes are recognised by content.
struct UploadContentTests {
    private static func type(_ fileExtension: String) throws -> FileType {
        try #require(FileType(fileExtension: fileExtension))
    }

    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    static let examples: [(String, [UInt8])] = [
        ("jpg", [0xFF, 0xD8, 0xFF, 0xE0]), ("png", [0x89] + bytes("PNG\r\n") + [0x1A, 0x0A]),
        ("gif", bytes("GIF89a")), ("webp", bytes("RIFF1234WEBPVP8 ")), ("tiff", bytes("II*\0")),
        ("avif", [0, 0, 0, 20] + bytes("ftypavif") + [0, 0, 0, 0] + bytes("mif1")),
        ("heic", [0, 0, 0, 20] + bytes("ftypmif1") + [0, 0, 0, 0] + bytes("heic")),
        ("mp3", [0xFF, 0xFB, 0x90, 0x64]), ("mp3", bytes("ID3\u{4}")), ("aac", [0xFF, 0xF1, 0x50, 0x80]),
        ("flac", bytes("fLaC")), ("wav", bytes("RIFF1234WAVEfmt ")), ("ogg", bytes("OggS")), ("ogv", bytes("OggS")),
        ("m4a", [0, 0, 0, 20] + bytes("ftypM4A ") + [0, 0, 0, 0] + bytes("isom")),
        ("mp4", [0, 0, 0, 20] + bytes("ftypisom") + [0, 0, 0, 0] + bytes("mp41")),
        ("3gp", [0, 0, 0, 20] + bytes("ftyp3gp4") + [0, 0, 0, 0] + bytes("3gp4")),
        ("mov", [0, 0, 0, 20] + bytes("ftypqt  ") + [0, 0, 0, 0] + bytes("qt  ")),
        ("mov", [0, 0, 0, 8] + bytes("wide")),
        ("weba", [0x1A, 0x45, 0xDF, 0xA3, 0x9F, 0x42, 0x82, 0x84] + bytes("webm")),
        ("webm", [0x1A, 0x45, 0xDF, 0xA3, 0x9F, 0x42, 0x82, 0x84] + bytes("webm")),
        ("mkv", [0x1A, 0x45, 0xDF, 0xA3, 0x9F, 0x42, 0x82, 0x88] + bytes("matroska")),
        ("avi", bytes("RIFF1234AVI LIST")), ("mpg", [0, 0, 1, 0xBA]),
        ("pdf", bytes("%PDF-1.7\n")), ("pdf", [UInt8](repeating: 32, count: 900) + bytes("%PDF-1.7\n")),
        ("doc", [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]), ("docx", bytes("PK\u{3}\u{4}")),
        ("xlsx", bytes("PK\u{3}\u{4}")), ("xlsx", [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]),
        ("odt", bytes("PK\u{3}\u{4}")), ("rtf", bytes("{\\rtf1")),
        ("txt", bytes("Grüße\r\n\t")), ("txt", [0xFF, 0xFE, 0x41, 0x00]), ("txt", [0x47, 0x72, 0xFC, 0xDF]),
        ("csv", bytes("a;b\n")), ("md", bytes("# A")), ("json", bytes("{}")), ("txt", bytes("<html>")),
        ("zip", bytes("PK\u{5}\u{6}")), ("gz", [0x1F, 0x8B]), ("7z", [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C]),
        ("rar", bytes("Rar!\u{1A}\u{7}")), ("tar", [UInt8](repeating: 65, count: 257) + bytes("ustar")),
        ("bin", [0]), ("bin", bytes("<html>")),
    ]

    @Test(arguments: examples)
    func recognisesEveryType(fileExtension: String, content: [UInt8]) throws {
        #expect(try Self.type(fileExtension).matches(ContentSample(content)))
    }

    /// A video that says it can be read as an image, which keeps its place and time of recording.
    @Test(arguments: ["mp42", "isom", "qt  ", "M4V "], ["heic", "avif"])
    func recognisesNoVideoAsAnImage(major: String, compatible: String) throws {
        let video = [0, 0, 0, 24] + Self.bytes("ftyp\(major)\0\0\0\0mif1\(compatible)")
        #expect(try !Self.type(compatible).matches(ContentSample(video)))
        #expect(try Self.type("mp4").matches(ContentSample(video)))
    }

    @Test(
        arguments: [
            "<html><script>alert(1)</script>", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>", "#!/bin/sh\n", "",
            "\0\0\0\0",
            "MZ\u{90}\0", "hello",
        ]
    )
    func recognisesNoPageOrProgramAsAnotherType(content: String) throws {
        let sample = ContentSample(Array(content.utf8))
        for type in FileType.all
        where ![.text, .bytes].contains(type) && !["csv", "md", "json"].contains(type.fileExtension) {
            #expect(!type.matches(sample), "\(type.fileExtension)")
        }
    }

    @Test func distinguishesTypes() throws {
        // Types that share a container format, and therefore their first bytes.
        let families: [Set<String>] = [
            ["ogg", "ogv"], ["m4a", "mp4", "3gp", "mov"], ["weba", "webm", "mkv"],
            ["doc", "xls", "ppt", "docx", "xlsx", "pptx"],
            ["docx", "xlsx", "pptx", "odt", "ods", "odp", "zip"], ["txt", "csv", "md", "json"], ["bin"],
        ]
        for (own, content) in Self.examples {
            for type in FileType.all where type != .bytes && type.fileExtension != own {
                let isRelated = families.contains { $0.contains(own) && $0.contains(type.fileExtension) }
                let isText = ["txt", "csv", "md", "json"].contains(type.fileExtension)
                guard !isRelated, !isText else { continue }
                if own == "txt" && content.first == 0xFF || own == "bin" { continue }
                #expect(!type.matches(ContentSample(content)), "\(own) as \(type.fileExtension)")
            }
        }
    }

    @Test(arguments: [[0x41, 0x00], [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0], [0x7F]] as [[UInt8]])
    func recognisesNoBinaryAsText(content: [UInt8]) {
        #expect(!FileType.text.matches(ContentSample(content)))
    }

    // MARK: The size of images

    /// A JPEG of 300 by 200 pixels, with an orientation in its Exif segment.
    private static func jpeg(orientation: UInt8?, isLittleEndian: Bool = false) -> [UInt8] {
        var bytes: [UInt8] = [0xFF, 0xD8]
        if let orientation {
            let tiff: [UInt8] =
                isLittleEndian
                ? Array("II*\0".utf8) + [8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]
                : Array("MM\0*".utf8) + [0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]
            bytes += [0xFF, 0xE1, 0, UInt8(8 + tiff.count)] + Array("Exif\0\0".utf8) + tiff
        }
        bytes += [0xFF, 0xDB, 0, 4, 1, 2, 0xFF, 0xFF, 0xC2, 0, 17, 8, 0, 200, 1, 44]
        return bytes
    }

    @Test(
        arguments: [
            ("jpg", jpeg(orientation: nil), 300, 200), ("jpg", jpeg(orientation: 1), 300, 200),
            ("jpg", jpeg(orientation: 3), 300, 200), ("jpg", jpeg(orientation: 6), 200, 300),
            ("jpg", jpeg(orientation: 8, isLittleEndian: true), 200, 300),
            (
                "png",
                [0x89] + bytes("PNG\r\n\u{1A}\n") + [0, 0, 0, 13] + bytes("IHDR") + [0, 0, 1, 44, 0, 0, 0, 200], 300,
                200
            ),
            ("gif", bytes("GIF89a") + [44, 1, 200, 0], 300, 200),
            ("webp", bytes("RIFF1234WEBPVP8X1234") + [0, 0, 0, 0, 43, 1, 0, 199, 0, 0], 300, 200),
            ("webp", bytes("RIFF1234WEBPVP8L1234") + [0x2F, 0x2B, 0xC1, 0x31, 0x00], 300, 200),
            ("webp", bytes("RIFF1234WEBPVP8 1234") + [0, 0, 0, 0x9D, 0x01, 0x2A, 44, 1, 200, 0], 300, 200),
            (
                "avif",
                bytes("….ispe") + [0, 0, 0, 0, 0, 0, 0, 64, 0, 0, 0, 64] + bytes("ispe")
                    + [0, 0, 0, 0, 0, 0, 1, 44, 0, 0, 0, 200],
                300, 200
            ),
            (
                "heic", bytes("ispe") + [0, 0, 0, 0, 0, 0, 1, 44, 0, 0, 0, 200] + bytes("irot") + [1], 200, 300
            ),
        ] as [(String, [UInt8], Int, Int)]
    )
    func readsTheSizeOfAnImageAsItIsDisplayed(fileExtension: String, content: [UInt8], width: Int, height: Int) throws {
        let size = ImageSize(of: try Self.type(fileExtension), ContentSample(content))
        #expect(size?.width == width)
        #expect(size?.height == height)
    }

    @Test func survivesTruncatedAndDamagedFiles() throws {
        var generator = SystemRandomNumberGenerator()
        for (fileExtension, content) in Self.examples + [("jpg", Self.jpeg(orientation: 6))] {
            let type = try Self.type(fileExtension)
            for length in 0...content.count {
                var damaged = Array(content.prefix(length))
                _ = ImageSize(of: type, ContentSample(damaged))
                _ = type.matches(ContentSample(damaged))
                for _ in 0..<20 where !damaged.isEmpty {
                    damaged[Int.random(in: damaged.indices, using: &generator)] = .random(in: .min ... .max)
                    _ = ImageSize(of: type, ContentSample(damaged))
                    _ = type.matches(ContentSample(damaged))
                }
            }
        }
    }
}
