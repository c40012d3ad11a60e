import FoundationEssentials
import Journal
import NIOCore

/// The JSON form of the store's changes in its journal.
struct StoreChangeCodec: JournalCodec {
    let framing = JournalFraming.lines

    private let encoder: JSONEncoder
    private let decoder: JSONDecoder

    /// - Parameter folder: The folder with the files that changes refer to.
    init(folder: DataFolder) {
        encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        decoder = JSONDecoder()
        decoder.userInfo[DataFolder.userInfoKey] = folder
    }

    func encode(_ change: StoreChange, into buffer: inout ByteBuffer) throws {
        buffer.writeBytes(try encoder.encode(change))
    }

    func decode(_ bytes: ByteBuffer) throws -> StoreChange {
        try decoder.decode(StoreChange.self, from: Data(bytes.readableBytesView))
    }
}
