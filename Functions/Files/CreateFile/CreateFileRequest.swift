import Files

struct CreateFileRequest: ChatRequest {
    var type: FileType
    /// In bytes.
    var size: Int64
    /// As the client sent it, or a standard name such as `image.jpg`.
    var fileName: String

    init(_ fields: RequestFields) throws(ChatError) {
        let contentType = try fields.string("contentType", 1...255)
        guard let type = FileType(contentType: contentType) else {
            throw ChatError(
                .invalidRequest,
                "`contentType` is not supported; use `\(FileType.bytes.contentType)` or a supported type."
            )
        }
        self.type = type
        size = try fields.wholeNumber("size", atLeast: 1)
        let standardName = "\(type.kind.rawValue).\(type.fileExtension)"
        fileName = try fields.optionalString("fileName", 1...255, trimming: true) ?? standardName
        guard FileName.isAllowed(fileName) else {
            throw ChatError(
                .invalidRequest,
                "`fileName` must have no slash, backslash, control or invisible character, or mark of writing direction."
            )
        }
    }
}
