import NIOCore
import Testing

@testable import S3API

/// Documents that strangers send, in encodings that hide what they contain.
struct XMLDocumentTests {
    private func isAccepted(_ bytes: [UInt8]) -> Bool {
        (try? XMLElement(parsing: ByteBuffer(bytes: bytes), root: "Delete")) != nil
    }

    private static let body = "<Delete><Object><Key>a</Key></Object></Delete>"

    @Test(arguments: [
        body, "\u{FEFF}" + body, "<?xml version=\"1.0\"?>" + body, "<?xml version='1.0' encoding='UTF-8'?>\n" + body,
        "\u{FEFF}<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?>" + body,
        "<?xml version=\"1.0\"\nencoding = \"US-ASCII\" ?>" + body, "<!-- encoding=\"UTF-16\" -->" + body,
        "<Delete><Object><Key>ü€😀</Key></Object></Delete>",
    ])
    func acceptsUTF8(text: String) {
        #expect(isAccepted(Array(text.utf8)))
    }

    /// The text in UTF-16 or UTF-32.
    private func encoded(_ text: String, unit: Int, bigEndian: Bool, mark: Bool) -> [UInt8] {
        let units = unit == 2 ? text.utf16.map { UInt32($0) } : text.unicodeScalars.map(\.value)
        return ((mark ? [0xFEFF] : []) + units).flatMap { value in
            let bytes = (0..<unit).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
            return bigEndian ? bytes.reversed() : bytes
        }
    }

    @Test(arguments: [2, 4], [true, false])
    func refusesOtherUnicodeEncodings(unit: Int, bigEndian: Bool) {
        for mark in [true, false] {
            for declaration in ["", "<?xml version=\"1.0\" encoding=\"UTF-\(unit * 8)\"?>"] {
                let text = declaration + Self.body
                #expect(!isAccepted(encoded(text, unit: unit, bigEndian: bigEndian, mark: mark)))
            }
            let attack = "<!DOCTYPE Delete [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><Delete>&e;</Delete>"
            #expect(!isAccepted(encoded(attack, unit: unit, bigEndian: bigEndian, mark: mark)))
        }
    }

    @Test(arguments: [
        "UTF-16", "UTF-16LE", "UTF-32", "UCS-2", "ISO-10646-UCS-4", "UTF-7", "ISO-8859-1", "windows-1252", "Shift_JIS",
        "EBCDIC-CP-US", "HZ-GB-2312", "ISO-2022-JP", "", "utf-8x", "utf8",
    ])
    func refusesDeclaredEncodings(name: String) {
        for declaration in [
            "<?xml version=\"1.0\" encoding=\"\(name)\"?>", "<?xml version='1.0' encoding='\(name)'?>",
            "<?xml version=\"1.0\"\tencoding =\n\"\(name)\" standalone='no'?>",
            "\u{FEFF}<?xml version=\"1.0\" encoding=\"\(name)\"?>",
        ] {
            #expect(!isAccepted(Array((declaration + Self.body).utf8)), "\(declaration)")
        }
    }

    @Test func refusesADocumentTypeInAnotherSpelling() {
        // `+ADwAIQ-` is `<!` in UTF-7.
        let hidden = "<?xml version=\"1.0\" encoding=\"UTF-7\"?>+ADwAIQ-DOCTYPE Delete []>" + Self.body
        #expect(!isAccepted(Array(hidden.utf8)))
        #expect(!isAccepted(Array("<?xml version=\"1.0\" encoding=\"UTF-16".utf8)))
        #expect(!isAccepted([0xC0, 0xBC] + Array(Self.body.utf8.dropFirst())))
        #expect(!isAccepted([0x4C, 0x6F, 0xA7, 0x94, 0x93]))
        for text in ["<!DOCTYPE Delete []>", "<!-- \u{0600}--><!DOCTYPE Delete [<!ENTITY a 'b'>]>"] {
            #expect(!isAccepted(Array((text + Self.body).utf8)))
        }
    }

    @Test func refusesMoreElementsThanAnyRequestHas() {
        let parts = String(repeating: "<a/>", count: 100_001)
        #expect(!isAccepted(Array("<Delete>\(parts)</Delete>".utf8)))
        #expect(isAccepted(Array("<Delete>\(String(repeating: "<a/>", count: 80_000))</Delete>".utf8)))
    }
}
