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
        guard fileName.unicodeScalars.allSatisfy(Self.isAllowed) else {
            throw ChatError(
                .invalidRequest,
                "`fileName` must have no slash, backslash, control character or mark of writing direction."
            )
        }
    }

    /// Refuses characters that make a name a path, break its line, or display it as another name.
    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "/", "\\", "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}", "\u{2028}", "\u{2029}": false
        default: scalar.properties.generalCategory != .control
        }
    }
}
