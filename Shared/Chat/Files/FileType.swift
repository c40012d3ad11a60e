/// The kind of a file in the subjects of the change feed.
public enum FileKind: String, Sendable {
    case audio, video, image, pdf, word, bytes
}

/// A supported file type: an extension, its content type and its kind.
///
/// Types that a browser would execute (HTML, SVG, XML, scripts) are not supported. They can be sent as ``bytes``, which
/// browsers save and do not open.
public struct FileType: Sendable, Hashable {
    /// In lower case, without a dot.
    public let fileExtension: String
    /// In lower case, without parameters.
    public let contentType: String
    public let kind: FileKind

    private init(_ fileExtension: String, _ contentType: String, _ kind: FileKind) {
        self.fileExtension = fileExtension
        self.contentType = contentType
        self.kind = kind
    }

    public init?(fileExtension: String) {
        guard let type = Self.byExtension[fileExtension] else { return nil }
        self = type
    }

    /// Accepts a content type in any case, or one of the aliases that browsers use. Parameters (`; codecs=opus`) are
    /// ignored.
    public init?(contentType: String) {
        let name = contentType.prefix { $0 != ";" }.split(separator: " ").joined(separator: " ").lowercased()
        guard let type = Self.byContentType[Self.aliases[name] ?? name] else { return nil }
        self = type
    }

    /// Plain text in an unspecified encoding.
    public static let text = FileType("txt", "text/plain", .bytes)
    /// Arbitrary bytes.
    public static let bytes = FileType("bin", "application/octet-stream", .bytes)

    public static let all: [FileType] = [
        FileType("jpg", "image/jpeg", .image),
        FileType("png", "image/png", .image),
        FileType("gif", "image/gif", .image),
        FileType("webp", "image/webp", .image),
        FileType("avif", "image/avif", .image),
        FileType("heic", "image/heic", .image),
        FileType("tiff", "image/tiff", .image),

        FileType("mp3", "audio/mpeg", .audio),
        FileType("m4a", "audio/mp4", .audio),
        FileType("aac", "audio/aac", .audio),
        FileType("ogg", "audio/ogg", .audio),
        FileType("wav", "audio/wav", .audio),
        FileType("flac", "audio/flac", .audio),
        FileType("weba", "audio/webm", .audio),

        FileType("mp4", "video/mp4", .video),
        FileType("mov", "video/quicktime", .video),
        FileType("webm", "video/webm", .video),
        FileType("mkv", "video/x-matroska", .video),
        FileType("ogv", "video/ogg", .video),
        FileType("avi", "video/x-msvideo", .video),
        FileType("mpg", "video/mpeg", .video),
        FileType("3gp", "video/3gpp", .video),

        FileType("pdf", "application/pdf", .pdf),

        FileType("doc", "application/msword", .word),
        FileType("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", .word),
        FileType("odt", "application/vnd.oasis.opendocument.text", .word),
        FileType("rtf", "application/rtf", .word),

        FileType("xls", "application/vnd.ms-excel", .bytes),
        FileType("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", .bytes),
        FileType("ods", "application/vnd.oasis.opendocument.spreadsheet", .bytes),
        FileType("ppt", "application/vnd.ms-powerpoint", .bytes),
        FileType("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation", .bytes),
        FileType("odp", "application/vnd.oasis.opendocument.presentation", .bytes),

        text,
        FileType("csv", "text/csv", .bytes),
        FileType("md", "text/markdown", .bytes),
        FileType("json", "application/json", .bytes),

        FileType("zip", "application/zip", .bytes),
        FileType("gz", "application/gzip", .bytes),
        FileType("tar", "application/x-tar", .bytes),
        FileType("7z", "application/x-7z-compressed", .bytes),
        FileType("rar", "application/vnd.rar", .bytes),

        bytes,
    ]

    /// Other names that browsers and operating systems use for supported types.
    private static let aliases = [
        "image/jpg": "image/jpeg",
        "image/pjpeg": "image/jpeg",
        "image/heif": "image/heic",
        "audio/mp3": "audio/mpeg",
        "audio/m4a": "audio/mp4",
        "audio/x-m4a": "audio/mp4",
        "audio/x-aac": "audio/aac",
        "audio/opus": "audio/ogg",
        "audio/wave": "audio/wav",
        "audio/x-wav": "audio/wav",
        "audio/vnd.wave": "audio/wav",
        "audio/x-flac": "audio/flac",
        "video/matroska": "video/x-matroska",
        "video/avi": "video/x-msvideo",
        "text/rtf": "application/rtf",
        "text/x-markdown": "text/markdown",
        "application/x-zip-compressed": "application/zip",
        "application/x-gzip": "application/gzip",
        "application/x-rar-compressed": "application/vnd.rar",
    ]

    private static let byExtension = Dictionary(uniqueKeysWithValues: all.map { ($0.fileExtension, $0) })
    private static let byContentType = Dictionary(uniqueKeysWithValues: all.map { ($0.contentType, $0) })
}
