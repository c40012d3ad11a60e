public import ChatCore
public import FoundationEssentials

/// A file's id, `<UUID>.<extension>`, which is also the key of its object. The extension determines the file's type, so
/// the id alone is enough to handle the file.
///
/// Each id has exactly one spelling, with the UUID in lower case, so ids can be compared as text everywhere.
public struct FileID: RawRepresentable, Hashable, Sendable, Codable, CustomStringConvertible {
    public let uuid: UUID
    public let type: FileType

    public init(uuid: UUID, type: FileType) {
        self.uuid = uuid
        self.type = type
    }

    /// Accepts only the one valid spelling.
    public init?(rawValue text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].count == 36,
            let uuid = UUID(uuidString: String(decoding: parts[0], as: UTF8.self)),
            let type = FileType(fileExtension: String(decoding: parts[1], as: UTF8.self))
        else { return nil }
        self.init(uuid: uuid, type: type)
        guard rawValue.utf8.elementsEqual(text.utf8) else { return nil }
    }

    public init?(_ text: String) { self.init(rawValue: text) }

    public var rawValue: String { "\(uuid.uuidString.lowercased()).\(type.fileExtension)" }
    public var description: String { rawValue }
}

extension IdentifierGenerator {
    /// An id for a new file.
    public func next(_ type: FileType) -> FileID { FileID(uuid: nextUUID(), type: type) }
}
