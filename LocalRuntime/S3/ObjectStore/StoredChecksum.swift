/// A checksum of an object that the uploader requested.
public struct StoredChecksum: Codable, Sendable, Hashable {
    public enum Kind: String, Codable, Sendable {
        /// Of the object's bytes.
        case fullObject = "FULL_OBJECT"
        /// Of the checksums of the object's parts.
        case composite = "COMPOSITE"
    }

    /// By its name in S3: `CRC32`, for example.
    public var algorithm: String
    /// In base64; a composite checksum ends with a hyphen and the number of parts.
    public var value: String
    public var kind: Kind

    public init(algorithm: String, value: String, kind: Kind = .fullObject) {
        self.algorithm = algorithm
        self.value = value
        self.kind = kind
    }
}
