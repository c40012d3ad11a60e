public import Files

/// A file of a message, as its readers see it.
public struct Attachment: Encodable, Sendable {
    public var fileId: FileID
    public var contentType: String
    /// In bytes.
    public var size: Int64
    public var fileName: String
    /// Of an image as it is shown, in pixels; where it is known.
    public var width: Int?
    public var height: Int?
    /// With a credential that is good for about an hour: it is made for a reader, and never stored.
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
