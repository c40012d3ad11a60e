import Foundation
import Journal
import NIOCore

/// Records are texts. The text `invalid` can be neither written nor read, a text with a zero byte cannot be read.
struct TextCodec: JournalCodec {
    struct InvalidText: Error {}

    var framing: JournalFraming

    func encode(_ text: String, into buffer: inout ByteBuffer) throws {
        guard text != "invalid" else { throw InvalidText() }
        buffer.writeString(text)
    }

    func decode(_ bytes: ByteBuffer) throws -> String {
        let text = String(buffer: bytes)
        guard text != "invalid", !text.utf8.contains(0) else { throw InvalidText() }
        return text
    }
}

/// A folder for a journal, which is removed with its last reference.
final class JournalFolder: Sendable {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("journal-\(UUID().uuidString)")

    init() { try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private var file: URL { folder.appendingPathComponent("changes") }
    private var draft: URL { folder.appendingPathComponent("changes.new") }

    var path: String { file.path }
    var hasFile: Bool { FileManager.default.fileExists(atPath: file.path) }
    var hasDraft: Bool { FileManager.default.fileExists(atPath: draft.path) }

    func bytes() throws -> Data { try Data(contentsOf: file) }
    func write(_ bytes: Data) throws { try bytes.write(to: file) }
    func remove() throws { try FileManager.default.removeItem(at: file) }
    func writeDraft(_ bytes: Data) throws { try bytes.write(to: draft) }
    func blockDraft() throws { try FileManager.default.createDirectory(at: draft, withIntermediateDirectories: false) }
    func unblockDraft() throws { try FileManager.default.removeItem(at: draft) }
}
