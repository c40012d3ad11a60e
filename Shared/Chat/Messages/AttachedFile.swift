public import ChatStore
public import Files
import FoundationEssentials

/// A file that is attached to a message, as the database stores it. Clients receive it as an ``Attachment``.
public struct AttachedFile: Sendable, Equatable, Decodable {
    public var id: FileID
    /// In bytes.
    public var size: Int64
    public var name: String
    /// The width of an image as it is displayed, in pixels.
    public var width: Int?
    public var height: Int?

    public init(id: FileID, size: Int64, name: String, width: Int? = nil, height: Int? = nil) {
        self.id = id
        self.size = size
        self.name = name
        self.width = width
        self.height = height
    }

    /// An SQL expression for the JSON object that this type decodes, from a row of `file`.
    public static let sql = """
        json_build_object('id', file.id, 'size', size, 'name', file_name, 'width', width, 'height', height)
        """
}

extension ResultRow {
    /// A JSON array of ``AttachedFile/sql``; null counts as empty.
    public borrowing func files(_ column: Int) throws(PostgresError) -> [AttachedFile] {
        guard let text = try optionalText(column) else { return [] }
        do {
            return try JSONDecoder().decode([AttachedFile].self, from: Data(text.utf8))
        } catch {
            throw PostgresError(.decoding, message: "column \(column) is not an array of files")
        }
    }
}

extension Attachment {
    public init(_ file: AttachedFile, url: String) {
        self.init(
            fileId: file.id,
            size: file.size,
            fileName: file.name,
            width: file.width,
            height: file.height,
            url: url
        )
    }
}
