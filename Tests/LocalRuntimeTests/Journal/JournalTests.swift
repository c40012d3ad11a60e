import Foundation
import Journal
import NIOCore
import Testing

@Suite("A journal")
struct JournalTests {
    private static let framings: [JournalFraming] = [.lines, .lengthPrefixed]

    private let folder = JournalFolder()

    private func open(
        _ framing: JournalFraming,
        replay: (String) -> Void = { _ in }
    ) throws -> Journal<TextCodec> {
        try Journal(path: folder.path, codec: TextCodec(framing: framing), replay: replay)
    }

    /// Opens the journal, and closes it again.
    private func records(_ framing: JournalFraming) throws -> [String] {
        var records: [String] = []
        let journal = try open(framing) { records.append($0) }
        #expect(journal.recordCount == records.count)
        return records
    }

    private func append(_ texts: [String], _ framing: JournalFraming) throws {
        var journal = try open(framing)
        try journal.append(texts)
    }

    @Test(arguments: framings) func replaysAppendedRecordsInOrder(framing: JournalFraming) throws {
        try append(["a", "b"], framing)
        try append(["c"], framing)
        #expect(try records(framing) == ["a", "b", "c"])
    }

    @Test func onlyALineCanBeEmpty() throws {
        try append(["a", "", "b"], .lines)
        #expect(try records(.lines) == ["a", "", "b"])
        try folder.write(Data())
        let error = #expect(throws: JournalError.self) { try append([""], .lengthPrefixed) }
        #expect(error?.code == .unencodable)
    }

    @Test(arguments: framings) func replaysRecordsThatAreLargerThanAReadBuffer(framing: JournalFraming) throws {
        let large = String(repeating: "x", count: 3 << 20)
        try append(["a", large, "b"], framing)
        #expect(try records(framing) == ["a", large, "b"])
    }

    @Test(arguments: framings) func appendsAllRecordsOrNone(framing: JournalFraming) throws {
        var journal = try open(framing)
        try journal.append(["a"])
        var code: JournalError.Code?
        do { try journal.append(["b", "invalid"]) } catch { code = error.code }
        #expect(code == .unencodable)
        try journal.append(["c"])
        _ = consume journal
        #expect(try records(framing) == ["a", "c"])
    }

    // MARK: Damage

    /// A process can be killed after any number of bytes.
    @Test(arguments: framings) func removesALastRecordThatWasCutOff(framing: JournalFraming) throws {
        try append(["first"], framing)
        let start = try folder.bytes().count
        try append(["second"], framing)
        let whole = try folder.bytes()
        for length in start..<whole.count {
            try folder.write(whole.prefix(length))
            #expect(try records(framing) == ["first"])
            #expect(try folder.bytes().count == start)
            try append(["next"], framing)
            #expect(try records(framing) == ["first", "next"])
        }
    }

    /// After a crash of the machine a file can have its new size but zero bytes instead of what was written last.
    @Test(arguments: framings, [1, 2, 3, 4, 5, 8, 11, 4_096, 3 << 20])
    func removesALastRecordWhoseEndIsZero(framing: JournalFraming, zeros: Int) throws {
        try append(["first"], framing)
        let start = try folder.bytes().count
        try append(["second"], framing)
        let whole = try folder.bytes()
        for length in start..<whole.count {
            try folder.write(whole.prefix(length) + Data(count: zeros))
            #expect(try records(framing) == ["first"])
            #expect(try folder.bytes().count == start)
        }
        try folder.write(whole + Data(count: zeros))
        #expect(try records(framing) == ["first", "second"])
        #expect(try folder.bytes() == whole)
    }

    @Test(arguments: [4, 3 << 20]) func refusesZerosBeforeOtherBytes(zeros: Int) throws {
        try append(["first"], .lengthPrefixed)
        let bytes = try folder.bytes() + Data(count: zeros) + Data([1])
        try folder.write(bytes)
        let error = #expect(throws: JournalError.self) { try records(.lengthPrefixed) }
        #expect(error?.code == .damaged)
        #expect(try folder.bytes() == bytes)
    }

    @Test(arguments: framings) func refusesADamagedRecordInTheMiddle(framing: JournalFraming) throws {
        try append(["first", "invalix", "third"], framing)
        var damaged = try folder.bytes()
        damaged.replaceSubrange(try #require(damaged.range(of: Data("invalix".utf8))), with: Data("invalid".utf8))
        try folder.write(damaged)
        let error = #expect(throws: JournalError.self) { try records(framing) }
        #expect(error?.code == .damaged)
        #expect(error?.description == "\(folder.path) is damaged at record 2")
        #expect(try folder.bytes() == damaged)
    }

    @Test func refusesALengthThatIsTooLarge() throws {
        try folder.write(Data([0xFF, 0xFF, 0xFF, 0xFF, 0]))
        let error = #expect(throws: JournalError.self) { try records(.lengthPrefixed) }
        #expect(error?.code == .damaged)
    }

    // MARK: Locking

    @Test(arguments: framings) func canBeOpenedOnlyOnceAtATime(framing: JournalFraming) throws {
        var journal = try open(framing)
        let error = #expect(throws: JournalError.self) { try records(framing) }
        #expect(error?.code == .inUse)
        try journal.append(["a"])
        _ = consume journal
        #expect(try records(framing) == ["a"])
    }

    @Test(arguments: framings) func staysLockedAfterCompaction(framing: JournalFraming) throws {
        var journal = try open(framing)
        try journal.compact(["a"])
        let error = #expect(throws: JournalError.self) { try records(framing) }
        #expect(error?.code == .inUse)
        try journal.append(["b"])
        _ = consume journal
        #expect(try records(framing) == ["a", "b"])
    }

    // MARK: Compaction

    @Test(arguments: framings) func compactionReplacesAllRecords(framing: JournalFraming) throws {
        var journal = try open(framing)
        for number in 0..<100 { try journal.append(["\(number)"]) }
        try journal.compact(["state"])
        #expect(journal.recordCount == 1)
        try journal.append(["change"])
        _ = consume journal
        #expect(try records(framing) == ["state", "change"])
        #expect(!folder.hasDraft)
    }

    @Test(arguments: framings) func compactionIsDueWhenTheFileHasDoubled(framing: JournalFraming) throws {
        let megabyte = String(repeating: "x", count: 1 << 20)
        var journal = try open(framing)
        var isDue: [Bool] = []
        for _ in 0..<4 {
            try journal.append([megabyte])
            isDue.append(journal.isDueForCompaction)
        }
        #expect(isDue == [false, false, false, true])
        try journal.compact([megabyte, megabyte, megabyte])
        isDue = []
        for _ in 0..<3 {
            try journal.append([megabyte])
            isDue.append(journal.isDueForCompaction)
        }
        #expect(isDue == [false, false, true])
    }

    /// The process is killed while it writes the draft, or before it renames it.
    @Test(arguments: framings) func ignoresADraftThatWasLeftBehind(framing: JournalFraming) throws {
        try append(["state"], framing)
        let draft = try folder.bytes()
        try folder.write(Data())
        try append(["first", "second"], framing)
        for length in 0...draft.count {
            try folder.writeDraft(draft.prefix(length))
            #expect(try records(framing) == ["first", "second"])
            #expect(!folder.hasDraft)
        }
    }

    /// The process is killed after it has renamed the draft.
    @Test(arguments: framings) func continuesFromARenamedDraft(framing: JournalFraming) throws {
        var journal = try open(framing)
        try journal.append(["first", "second"])
        try journal.compact(["state"])
        let bytes = try folder.bytes()
        _ = consume journal
        #expect(try folder.bytes() == bytes)
        #expect(try records(framing) == ["state"])
    }

    @Test(arguments: framings) func compactionDoesNotRestoreARemovedFile(framing: JournalFraming) throws {
        var journal = try open(framing)
        try journal.append(["first"])
        try folder.remove()
        var code: JournalError.Code?
        do { try journal.compact(["state"]) } catch { code = error.code }
        #expect(code == .replaced)
        #expect(!folder.hasFile)
        #expect(!folder.hasDraft)
    }

    @Test(arguments: framings) func compactionDoesNotReplaceANewFile(framing: JournalFraming) throws {
        var journal = try open(framing)
        try journal.append(["first"])
        try folder.remove()
        try append(["new"], framing)
        var code: JournalError.Code?
        do { try journal.compact(["state"]) } catch { code = error.code }
        #expect(code == .replaced)
        #expect(try records(framing) == ["new"])
    }

    @Test(arguments: framings) func aFailedCompactionLeavesTheJournalUsable(framing: JournalFraming) throws {
        var journal = try open(framing)
        try journal.append(["first"])
        // A folder takes the draft's name, so that the draft cannot be created.
        try folder.blockDraft()
        var code: JournalError.Code?
        do { try journal.compact(["state"]) } catch { code = error.code }
        #expect(code == .system)
        try folder.unblockDraft()
        do { try journal.compact(["invalid"]) } catch { code = error.code }
        #expect(code == .unencodable)
        #expect(!folder.hasDraft)
        try journal.append(["second"])
        _ = consume journal
        #expect(try records(framing) == ["first", "second"])
    }
}
