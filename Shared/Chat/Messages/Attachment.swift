public import Files

/// A file that is attached to a message, as clients see it.
public struct Attachment: Encodable, Sendable {
    public var fileId: FileID
    public var contentType: String
    /// In bytes.
    public var size: Int64
    public var fileName: String
    /// The width of an image as it is displayed, in pixels; nil if it is not known.
    public var width: Int?
    public var height: Int?
    /// Includes a credential that expires after about an hour. It is made for each response and never stored.
    public var url: String

    public init(fileId: FileID, size: Int64, fileName: String, width: Int?, height: Int?, url: String) {
        self.fileId = fileId
        contentType = fileId.type.contentType
        self.size = size
        self.fileName = fileName
        self.width = width
        self.height = height
        self.url = url
    }
}
