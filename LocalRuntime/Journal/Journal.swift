import NIOCore
import SystemPackage

/// A file that records every change, in the order of the changes; replaying it restores the state that they led to.
///
/// - Only one process can have a journal open: the file is locked.
/// - An appended record survives the end of this process, however it ends. It is not forced to the disk, so a crash of
///   the machine may lose it.
/// - A last record that was cut off, or whose end was replaced by zero bytes, is removed when the journal is opened.
///   Killing the process causes the first, before the change was confirmed; a crash of the machine may cause both.
///   Any other record that cannot be decoded, or whose checksum is wrong, makes the journal damaged, and opening it
///   fails.
/// - Compaction writes the state to a draft next to the journal, locks it, and renames it over the journal. Until the
///   rename the journal is untouched; a draft that was left behind is removed when the journal is opened.
public struct Journal<Codec: JournalCodec>: ~Copyable, Sendable {
    private let path: String
    private let codec: Codec
    private var file: JournalFile
    /// Bytes of complete records.
    private var size: Int64
    private var compactionSize: Int64
    /// Whether the file may end with part of a record, because it could not be shortened after a failed write.
    private var hasTornEnd = false
    /// Records in the file.
    public private(set) var recordCount: Int

    private static var minimumCompactionSize: Int64 { 4 << 20 }
    private static var chunkSize: Int { 1 << 20 }

    /// Opens a journal, or creates an empty one, and calls `replay` with each of its records.
    public init(path: String, codec: Codec, replay: (Codec.Record) -> Void) throws(JournalError) {
        let file = try JournalFile.openLocked(path)
        JournalFile.remove(Self.draftPath(path))
        let (size, count) = try Self.read(file, path, codec, replay)
        do {
            try file.truncate(to: size)
        } catch {
            throw .system("Shortening", path, error)
        }
        self.path = path
        self.codec = codec
        self.file = file
        self.size = size
        recordCount = count
        // It is not known how much of the file still describes the current state, so the first change may compact it.
        compactionSize = max(Self.minimumCompactionSize, size)
    }

    /// Whether the file has at least doubled since the last compaction, and is large enough for one to be worth it.
    public var isDueForCompaction: Bool { size >= compactionSize }

    /// Appends records: either all of them, or none and an error is thrown.
    public mutating func append(_ records: some Collection<Codec.Record>) throws(JournalError) {
        guard !records.isEmpty else { return }
        var buffer = ByteBuffer()
        for record in records { try encode(record, into: &buffer) }
        do {
            if hasTornEnd { try file.truncate(to: size) }
            hasTornEnd = true
            try file.write(buffer)
            hasTornEnd = false
        } catch {
            if (try? file.truncate(to: size)) != nil { hasTornEnd = false }
            throw .system("Writing", path, error)
        }
        size += Int64(buffer.readableBytes)
        recordCount += records.count
    }

    /// Replaces all records.
    ///
    /// If that fails, the journal stays as it was and is not due again until it has doubled in size.
    /// - Parameter records: The changes that lead from nothing to the current state.
    /// - Throws: ``JournalError``; its code is ``JournalError/Code/replaced`` if the file is no longer at its path. The
    ///   file that is there now stays as it is.
    public mutating func compact(_ records: some Sequence<Codec.Record>) throws(JournalError) {
        // Checked first: the draft may be that of the new file at the path.
        guard file.isNamed(path) else { throw .replaced(path) }
        do throws(JournalError) {
            let (draft, written, count) = try writeDraft(records)
            guard file.isNamed(path) else { throw .replaced(path) }
            do {
                try JournalFile.rename(Self.draftPath(path), to: path)
            } catch {
                throw .system("Replacing", path, error)
            }
            file = draft
            (size, recordCount, hasTornEnd) = (written, count, false)
            compactionSize = max(Self.minimumCompactionSize, written * 2)
        } catch {
            JournalFile.remove(Self.draftPath(path))
            compactionSize = max(Self.minimumCompactionSize, size * 2)
            throw error
        }
    }

    private func writeDraft(
        _ records: some Sequence<Codec.Record>
    ) throws(JournalError) -> (file: JournalFile, size: Int64, count: Int) {
        let draftPath = Self.draftPath(path)
        JournalFile.remove(draftPath)
        // Locked before it takes the journal's name, so that no other process can open the journal in between.
        let draft = try JournalFile.openLocked(draftPath)
        var (size, count) = (0 as Int64, 0)
        var buffer = ByteBuffer()
        do {
            for record in records {
                try encode(record, into: &buffer)
                count += 1
                guard buffer.readableBytes >= Self.chunkSize else { continue }
                size += Int64(buffer.readableBytes)
                try draft.write(buffer)
                buffer.clear()
            }
            size += Int64(buffer.readableBytes)
            try draft.write(buffer)
            try draft.synchronize()
        } catch {
            throw error as? JournalError ?? .system("Writing", draftPath, error)
        }
        return (draft, size, count)
    }

    private func encode(_ record: Codec.Record, into buffer: inout ByteBuffer) throws(JournalError) {
        do {
            try codec.framing.write(to: &buffer) { try codec.encode(record, into: &$0) }
        } catch {
            throw .unencodable(path, error)
        }
    }

    /// Reads every complete record; returns how many there are and how many bytes they take.
    private static func read(
        _ file: JournalFile,
        _ path: String,
        _ codec: Codec,
        _ replay: (Codec.Record) -> Void
    ) throws(JournalError) -> (size: Int64, count: Int) {
        var buffer = ByteBuffer()
        var (size, count) = (0 as Int64, 0)
        var isAtEnd = false
        var isAfterChecksum = false
        while !isAtEnd {
            do {
                isAtEnd = try file.read(into: &buffer, upTo: chunkSize) == 0
            } catch {
                throw .system("Reading", path, error)
            }
            frames: while true {
                switch codec.framing.next(in: &buffer, isAfterChecksum: &isAfterChecksum) {
                case .complete(let bytes, let length):
                    guard let record = decode(bytes, codec) else {
                        guard codec.framing.mayBeTorn(bytes), try isZero(&buffer, file, path) else {
                            throw .damaged(path, record: count + 1)
                        }
                        return (size, count)
                    }
                    replay(record)
                    size += Int64(length)
                    count += 1
                case .incomplete: break frames
                case .damaged(let mayBeTorn):
                    guard mayBeTorn, try isZero(&buffer, file, path) else {
                        throw .damaged(path, record: count + 1)
                    }
                    return (size, count)
                }
            }
            buffer.discardReadBytes()
        }
        return (size, count)
    }

    /// Returns nil if the bytes are not a record.
    private static func decode(_ bytes: ByteBuffer, _ codec: Codec) -> Codec.Record? {
        guard codec.framing != .lengthPrefixed || bytes.readableBytes > 0 else { return nil }
        return try? codec.decode(bytes)
    }

    /// Whether all bytes from the buffer's first to the end of the file are zero.
    private static func isZero(
        _ buffer: inout ByteBuffer,
        _ file: JournalFile,
        _ path: String
    ) throws(JournalError) -> Bool {
        while true {
            guard buffer.readableBytesView.allSatisfy({ $0 == 0 }) else { return false }
            buffer.clear()
            do {
                guard try file.read(into: &buffer, upTo: chunkSize) > 0 else { return true }
            } catch {
                throw .system("Reading", path, error)
            }
        }
    }

    private static func draftPath(_ path: String) -> String { path + ".new" }
}
