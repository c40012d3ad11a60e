public import ChatCore
public import FoundationEssentials

/// A file's id, `<UUID>.<extension>`, which is also the key of its object once it is confirmed. The extension determines the file's type, so
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

    /// The key at which a form uploads the file. A form can be used again, so that what it stores is never read by clients:
    /// a confirmation moves the object to the key that is the file's id.
    public var uploadKey: String { Self.uploadPrefix + rawValue }

    /// The prefix of every ``uploadKey``.
    public static let uploadPrefix = "incoming/"

    public init?(uploadKey key: String) {
        guard key.hasPrefix(Self.uploadPrefix) else { return nil }
        self.init(rawValue: String(key.dropFirst(Self.uploadPrefix.count)))
    }

    public var rawValue: String { "\(uuid.uuidString.lowercased()).\(type.fileExtension)" }
    public var description: String { rawValue }
}

extension IdentifierGenerator {
    /// An id for a new file.
    public func next(_ type: FileType) -> FileID { FileID(uuid: nextUUID(), type: type) }
}
