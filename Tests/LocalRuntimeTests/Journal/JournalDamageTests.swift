import Foundation
import Journal
import Testing

/// Records with a checksum, and those of earlier versions without one.
struct JournalDamageTests {
    private let folder = JournalFolder()

    private func records() throws -> [String] {
        var records: [String] = []
        _ = try Journal(path: folder.path, codec: TextCodec(framing: .lengthPrefixed)) { records.append($0) }
        return records
    }

    private func append(_ texts: [String]) throws {
        var journal = try Journal(path: folder.path, codec: TextCodec(framing: .lengthPrefixed)) { _ in }
        try journal.append(texts)
    }

    /// A record as earlier versions wrote it.
    private func earlier(_ text: String) -> Data {
        var length = UInt32(text.utf8.count).bigEndian
        return Data(bytes: &length, count: 4) + Data(text.utf8)
    }

    @Test(arguments: [[1], [0x80], [0xFF], [0x20, 0x01]] as [[UInt8]])
    func refusesEveryChangedByteInTheMiddle(changes: [UInt8]) throws {
        try append(["first"])
        let start = try folder.bytes().count
        try append(["a record of more than one word", "second", "last"])
        let whole = try folder.bytes()
        let end = try #require(whole.range(of: Data("second".utf8))).upperBound
        for index in start..<end {
            for change in changes {
                var bytes = whole
                bytes[index] ^= change
                try folder.write(bytes)
                let error = #expect(throws: JournalError.self, "byte \(index)") { try records() }
                #expect(error?.code == .damaged)
                #expect(try folder.bytes() == bytes)
            }
        }
    }

    @Test(arguments: [0, 7, 8, 9, 64, 1_000]) func refusesExchangedAndMissingBytes(count: Int) throws {
        let filler = String(repeating: "x", count: count)
        try append(["\(filler)ab", "\(filler)cd", "last"])
        let whole = try folder.bytes()
        for (old, new) in [("ab", "ba"), ("ab", "a"), ("ab", "abb"), ("ab", "")] {
            var bytes = whole
            bytes.replaceSubrange(try #require(bytes.range(of: Data(old.utf8))), with: Data(new.utf8))
            try folder.write(bytes)
            let error = #expect(throws: JournalError.self) { try records() }
            #expect(error?.code == .damaged)
        }
    }

    @Test func readsAndContinuesTheRecordsOfEarlierVersions() throws {
        try folder.write(earlier("a") + earlier("b"))
        #expect(try records() == ["a", "b"])
        try append(["c"])
        #expect(try records() == ["a", "b", "c"])
    }

    @Test func compactionAddsChecksums() throws {
        try folder.write(earlier("a"))
        var journal = try Journal(path: folder.path, codec: TextCodec(framing: .lengthPrefixed)) { _ in }
        try journal.compact(["a"])
        _ = consume journal
        #expect(try folder.bytes().count > earlier("a").count)
        #expect(try records() == ["a"])
    }
}
