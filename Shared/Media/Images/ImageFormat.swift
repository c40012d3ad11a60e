/// An output format.
public enum ImageFormat: UInt8, Sendable, Hashable, CaseIterable {
    case jpeg, png, webp, avif

    public var contentType: String { "image/\(self)" }

    /// In lower case, without the dot.
    public var fileExtension: String { self == .jpeg ? "jpg" : "\(self)" }
}

extension ImageFormat {
    /// Detects the format of an image from its first bytes.
    public init?(ofImage bytes: some Collection<UInt8>) {
        let start = Array(bytes.prefix(12))
        if start.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if start.starts(with: [0x89, 0x50, 0x4E, 0x47]) {
            self = .png
        } else if start.starts(with: "RIFF".utf8), start.dropFirst(8).elementsEqual("WEBP".utf8) {
            self = .webp
        } else if start.dropFirst(4).elementsEqual("ftypavif".utf8) {
            self = .avif
        } else {
            return nil
        }
    }
}
