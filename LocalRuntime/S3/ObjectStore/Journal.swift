import FoundationEssentials
import Glibc

/// The file that every change is appended to, a line of JSON each.
///
/// A change is made when its line is whole. What a killed process left of a line is cut off when the file is opened.
struct Journal {
    private let path: String
    private let file: OpenFile
    private var length: Int64
    private let encoder = Self.makeEncoder()
    /// Lines in the file.
    private(set) var records = 0

    /// Opens or makes the file and gives every record in it to `replay`.
    init(
        path: String,
        folder: DataFolder,
        replay: (JournalRecord) -> Void
    ) throws(ObjectStoreError) {
        self.path = path
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_APPEND, 0o600)
        guard descriptor >= 0 else { throw .system("Opening \(path)") }
        file = OpenFile(descriptor: descriptor)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw ObjectStoreError(.storageFailed, "\(path) is used by another process")
        }
        length = 0
        let decoder = JSONDecoder()
        decoder.userInfo[DataFolder.userInfoKey] = folder
        let content: Data
        do {
            content = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw ObjectStoreError(.storageFailed, "Reading \(path): \(error)")
        }
        var end = 0
        var isDamaged = false
        content.withUnsafeBytes { bytes in
            while !isDamaged, let line = Self.line(of: bytes, from: end) {
                if let record = try? decoder.decode(JournalRecord.self, from: Data(line)) {
                    replay(record)
                    records += 1
                    end += line.count + 1
                } else {
                    isDamaged = true
                }
            }
        }
        guard !isDamaged else {
            throw ObjectStoreError(.storageFailed, "\(path) is damaged in line \(records + 1)")
        }
        length = Int64(end)
        guard end == content.count || ftruncate(descriptor, off_t(end)) == 0 else {
            throw .system("Repairing \(path)")
        }
    }

    /// Makes a change last: once this returns, a killed process does not lose it.
    mutating func append(_ record: JournalRecord) throws(ObjectStoreError) {
        let line = try Self.line(record, encoder)
        guard line.withUnsafeBytes({ writeAll($0, to: file.descriptor) }) else {
            let failure = ObjectStoreError.system("Writing \(path)")
            // Half a line would swallow the next one.
            _ = ftruncate(file.descriptor, off_t(length))
            throw failure
        }
        length += Int64(line.count)
        records += 1
    }

    /// Puts a new file with these records in the place of the old one, at once.
    static func rewrite(path: String, records: [JournalRecord]) throws(ObjectStoreError) {
        let draft = path + ".new"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .system("Writing \(draft)") }
        defer { close(descriptor) }
        let encoder = makeEncoder()
        for record in records {
            let line = try line(record, encoder)
            guard line.withUnsafeBytes({ writeAll($0, to: descriptor) }) else { throw .system("Writing \(draft)") }
        }
        guard fsync(descriptor) == 0, rename(draft, path) == 0 else { throw .system("Writing \(path)") }
    }

    /// Up to the next line break; nil without one.
    private static func line(of bytes: UnsafeRawBufferPointer, from start: Int) -> UnsafeRawBufferPointer.SubSequence? {
        guard start < bytes.count, let base = bytes.baseAddress,
            let end = memchr(base + start, Int32(newline), bytes.count - start)
        else { return nil }
        return bytes[start..<UnsafeRawPointer(end) - base]
    }

    private static func makeEncoder() -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return encoder
    }

    private static func line(_ record: JournalRecord, _ encoder: JSONEncoder) throws(ObjectStoreError) -> Data {
        do {
            var line = try encoder.encode(record)
            line.append(newline)
            return line
        } catch {
            throw ObjectStoreError(.storageFailed, "A record cannot be written: \(error)")
        }
    }
}

/// A descriptor that is closed with its last holder.
private final class OpenFile: Sendable {
    let descriptor: CInt

    init(descriptor: CInt) { self.descriptor = descriptor }

    deinit { close(descriptor) }
}

private let newline = UInt8(ascii: "\n")
