import Testing

@testable import CreateFile

struct FileNameTests {
    @Test(arguments: [
        "a", "Föto 1.jpg", "résumé.pdf", "报告.docx", "レポート.pdf", "הדוח.pdf", "تقرير.pdf", "a.tar.gz", "-", "…", "a.b",
        // Emoji with a variation selector, a skin tone and joiners.
        "❤️.png", "👩🏽‍🚀.png", "👨‍👩‍👧.png",
        // Persian and Hindi words that need a joiner or non-joiner.
        "می\u{200C}خواهم.pdf", "क्\u{200D}ष.pdf",
        // Signs of numbers in Arabic are displayed.
        "\u{0601}123.pdf",
        // A character of a name with its variant.
        "葛\u{E0100}.txt", "100 % – it's \"new\" (2).txt", "a\u{0301}.txt", "a\u{00A0}b.txt",
    ])
    func allowsTheNamesOfFiles(name: String) {
        #expect(FileName.isAllowed(name))
    }

    @Test(arguments: [
        "../a", "a/b", "a\\b", ".", "..", "a\u{0}b", "a\nb", "a\rb", "a\tb", "a\u{1B}[2Jb", "a\u{7F}b", "a\u{85}b",
        "a\u{2028}b", "a\u{2029}b", "a\u{FFFE}b", "a\u{FFFF}b", "a\u{1FFFE}b",
    ])
    func refusesPathsAndControls(name: String) {
        #expect(!FileName.isAllowed(name))
    }

    /// The bidirectional controls of UAX #9.
    @Test(
        arguments: [
            0x061C, 0x200E, 0x200F, 0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069,
        ] as [UInt32]
    )
    func refusesMarksOfDirection(value: UInt32) throws {
        let mark = String(try #require(Unicode.Scalar(value)))
        for name in ["a\(mark)gpj.exe", "\(mark)a", "a\(mark)", "א\(mark)ב", "👩\(mark)🚀"] {
            #expect(!FileName.isAllowed(name))
        }
    }

    @Test(
        arguments: [
            0x00AD, 0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, 0x200B, 0x2060, 0x2061, 0x2063, 0x206A, 0x206F,
            0x3164,
            0xFDD0, 0xFEFF, 0xFFA0, 0xFFF9, 0xFFFB, 0x13430, 0x1BCA0, 0x1D173, 0xE0001, 0xE0041, 0xE007F,
        ] as [UInt32]
    )
    func refusesInvisibleCharacters(value: UInt32) throws {
        let scalar = String(try #require(Unicode.Scalar(value)))
        for name in ["a\(scalar)b", scalar, "報\(scalar)告"] { #expect(!FileName.isAllowed(name)) }
    }

    /// Two names that look the same.
    @Test(arguments: ["invoice\u{200D}.pdf", "\u{200C}a", "é\u{200D}", "é\u{200D}x", "é\u{200D}\u{200D}é"])
    func refusesJoinersThatJoinNothing(name: String) {
        #expect(!FileName.isAllowed(name))
    }
}
