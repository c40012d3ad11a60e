import Files
import Testing

@testable import Uploads

/// Places for metadata that are not those of the common standards, and what decoders need around them.
struct HiddenMetadataTests {
    private static let secret = Array("48.8583 N, 2.2944 E".utf8)
    private static let pixels = Array("the coded image".utf8)

    struct Sample: CustomTestStringConvertible {
        var type: String
        var name: String
        var bytes: [UInt8]
        /// Parts that a decoder needs.
        var kept = [HiddenMetadataTests.pixels]
        var testDescription: String { "\(type): \(name)" }
    }

    @Test(arguments: jpegs + pngs + webPs + gifs + highEfficiencies + tiffs)
    func erasesWhatNoDecoderNeeds(sample: Sample) throws {
        let type = try #require(FileType(fileExtension: sample.type))
        #expect(!sample.bytes.ranges(of: Self.secret).isEmpty)
        let erased = try #require(try ImageMetadata.erased(from: sample.bytes, of: type))
        #expect(erased.ranges(of: Self.secret).isEmpty)
        #expect(erased.count == sample.bytes.count)
        for part in sample.kept { #expect(!erased.ranges(of: part).isEmpty, "\(part)") }
        #expect(try ImageMetadata.erased(from: erased, of: type) == nil)
    }

    private static func ascii(_ text: String) -> [UInt8] { Array(text.utf8) }

    // MARK: JPEG

    private static func segment(_ marker: UInt8, _ payload: [UInt8]) -> [UInt8] {
        [0xFF, marker, UInt8((payload.count + 2) >> 8), UInt8((payload.count + 2) & 0xFF)] + payload
    }

    private static func jpeg(_ part: [UInt8]) -> [UInt8] {
        [0xFF, 0xD8] + segment(0xDB, [0]) + part + segment(0xDA, [1]) + pixels + [0xFF, 0xD9]
    }

    static let jpegs: [Sample] = {
        let exif = segment(0xE1, ascii("Exif\0\0") + secret)
        let adobe = ascii("Adobe") + [0, 100, 0, 0, 0, 0, 1]
        let profile = ColourProfiles.profile(describedAs: secret)
        let half = profile.count / 2
        let parts = [
            segment(0xE2, ascii("ICC_PROFILE\0") + [2, 2] + profile[half...]),
            segment(0xE2, ascii("ICC_PROFILE\0") + [1, 2] + profile[..<half]),
        ]
        let places: [(String, [UInt8])] = [
            ("bytes before a segment", [0, 0] + exif), ("free text between segments", secret + exif),
            ("a fill byte", [0xFF] + exif), ("an escaped byte", [0xFF, 0] + secret),
            ("text in a profile", segment(0xE2, ascii("ICC_PROFILE\0") + [1, 1] + secret)),
            ("a profile in two parts", parts[0] + parts[1]),
            ("half a profile", parts[1] + segment(0xFE, secret)),
            ("text after Adobe's flags", segment(0xEE, adobe + secret)),
            ("short flags", segment(0xEE, ascii("Adobe") + secret)),
            ("an extension", segment(0xF7, secret)), ("a reserved marker", segment(0x02, secret)),
        ]
        return places.map { Sample(type: "jpg", name: $0.0, bytes: jpeg($0.1)) } + [
            Sample(type: "jpg", name: "flags", bytes: jpeg(segment(0xEE, adobe + secret)), kept: [adobe, pixels]),
            Sample(type: "jpg", name: "a bad length", bytes: jpeg([0xFF, 0xE5, 0, 1] + secret), kept: []),
        ]
    }()

    // MARK: PNG

    private static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
        ColourProfiles.word(data.count) + ascii(name) + data + [9, 9, 9, 9]
    }

    private static func png(_ part: [UInt8]) -> [UInt8] {
        [0x89] + ascii("PNG\r\n\u{1A}\n") + chunk("IHDR", [1]) + chunk("IDAT", pixels) + part
    }

    static let pngs: [Sample] = {
        let names = [
            "caBX", "zxIf", "prVW", "mkBT", "gIFx", "iDOT", "sPLT", "dSIG", "tXMP", "voId", "AbCd", "acTL", "gAMA",
        ]
        let unknown = names.map { Sample(type: "png", name: $0, bytes: png(chunk($0, secret) + chunk("IEND", []))) }
        let colours = ["gAMA", "cICP"].map { chunk($0, [1, 2, 3, 4]) }
        let profile = chunk("iCCP", secret + [0, 0, 0x78, 0x9C, 3, 0])
        return unknown + [
            Sample(type: "png", name: "a cut-off text", bytes: png(ColourProfiles.word(500) + ascii("tEXt") + secret)),
            Sample(type: "png", name: "a byte between chunks", bytes: png([0] + chunk("tEXt", secret))),
            Sample(
                type: "png",
                name: "the name of a profile",
                bytes: png(profile),
                kept: [pixels, [0, 0, 0x78, 0x9C, 3, 0]]
            ),
            Sample(type: "png", name: "text as a profile", bytes: png(chunk("iCCP", ascii("x\0\0") + secret))),
            Sample(type: "png", name: "text in the last chunk", bytes: png(chunk("IEND", secret))),
            Sample(
                type: "png",
                name: "text after colours",
                bytes: png(colours[0] + colours[1] + chunk("tEXt", secret)),
                kept: colours + [pixels]
            ),
        ]
    }()

    // MARK: WebP

    private static func webP(_ chunks: [UInt8]) -> [UInt8] {
        ascii("RIFF") + (ColourProfiles.word(chunks.count + 4).reversed() as [UInt8]) + ascii("WEBP") + chunks
    }

    private static func riff(_ name: String, _ data: [UInt8]) -> [UInt8] {
        ascii(name) + (ColourProfiles.word(data.count).reversed() as [UInt8]) + data + (data.count % 2 == 1 ? [0] : [])
    }

    static let webPs: [Sample] = {
        let header = riff("VP8X", [0x20] + [UInt8](repeating: 0, count: 9))
        let image = riff("VP8 ", pixels)
        let unknown = ["C2PA", "XMP\0", "LIST", "META", "ABCD", "ICCP", "ANIM"].map {
            Sample(type: "webp", name: $0, bytes: webP(header + image + riff($0, secret)))
        }
        let frame = [UInt8](repeating: 1, count: 16) + image
        return unknown + [
            Sample(type: "webp", name: "in a frame", bytes: webP(riff("ANMF", frame + riff("EXIF", secret)))),
            Sample(type: "webp", name: "a long header", bytes: webP(riff("VP8X", secret) + image)),
            Sample(type: "webp", name: "a cut-off chunk", bytes: webP(image + riff("EXIF", secret)).dropLast(1) + []),
            Sample(
                type: "webp",
                name: "a profile",
                bytes: webP(header + riff("ICCP", ColourProfiles.profile(describedAs: secret)) + image),
                kept: [header, image, ascii("wtpt")]
            ),
        ]
    }()

    // MARK: GIF

    static let gifs: [Sample] = {
        let start = ascii("GIF89a") + [1, 0, 1, 0, 0, 0, 0] as [UInt8]
        let blocks = [UInt8(secret.count)] + secret + [0]
        let control: [UInt8] = [0x21, 0xF9, 4, 1, 2, 3, 4, 0]
        let image = [0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, UInt8(pixels.count)] + pixels + [0]
        let loop = [0x21, 0xFF, 11] + ascii("NETSCAPE2.0") + [3, 1, 5, 0, 0]
        let places: [(String, [UInt8])] = [
            ("a plain text", [0x21, 0x01, 12] + [UInt8](repeating: 0, count: 12) + blocks),
            ("an application", [0x21, 0xFF, 11] + ascii("XMP DataXMP") + blocks),
            ("a profile", [0x21, 0xFF, 11] + ascii("ICCRGBG1012") + blocks),
            ("the data of a loop", [0x21, 0xFF, 11] + ascii("NETSCAPE2.0") + blocks),
            ("a second loop", [0x21, 0xFF, 11] + ascii("ANIMEXTS1.0") + [3, 1, 5, 0] + blocks),
            ("an unknown extension", [0x21, 0x77] + blocks), ("a long control", [0x21, 0xF9] + blocks),
            ("a comment after a byte", [0, 0x21, 0xFE] + blocks), ("free text", secret),
            ("the name of an application", [0x21, 0xFF, UInt8(secret.count)] + secret + [0]),
        ]
        return places.map { name, place in
            let bytes = start + loop + control + image + place + control + image + [0x3B]
            return Sample(type: "gif", name: name, bytes: bytes, kept: [loop, control + image])
        }
    }()
}
