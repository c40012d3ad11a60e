/// What is kept about an object, its bytes aside.
public struct StoredObject: Codable, Sendable {
    public var size: Int64
    /// Without quotation marks: the MD5 of the bytes, or of the parts' MD5s with their number behind a dash.
    public var etag: String
    /// In milliseconds since the epoch.
    public var modifiedAt: Int64
    /// Grows with every change in the whole store.
    public var sequencer: UInt64
    public var attributes: ObjectAttributes
    public var checksum: StoredChecksum?
    public var tags: [ObjectTag]
    /// The name of a canned access control list; nil: private.
    public var access: String?
    /// Only for what came in parts.
    public var parts: [StoredPart]
    /// The upload whose parts it is made of.
    public var uploadID: String?
    /// The bytes, in order.
    var files: [DataFile]
}

/// What the uploader says about an object and gets back with it.
public struct ObjectAttributes: Codable, Sendable, Hashable {
    /// System headers by their names in lower case: `content-type`, `cache-control` and the like.
    public var headers: [String: String]
    /// User metadata by the names behind `x-amz-meta-`, in lower case.
    public var metadata: [String: String]

    public init(headers: [String: String] = [:], metadata: [String: String] = [:]) {
        self.headers = headers
        self.metadata = metadata
    }
}

/// A checksum that the uploader asked for.
public struct StoredChecksum: Codable, Sendable, Hashable {
    /// Of the whole, or computed from the checksums of the parts.
    public enum Kind: String, Codable, Sendable {
        case fullObject = "FULL_OBJECT"
        case composite = "COMPOSITE"
    }

    /// As S3 names it: `CRC32` for example.
    public var algorithm: String
    /// In base 64, with the number of parts behind a dash if it is a composite one.
    public var value: String
    public var kind: Kind

    public init(algorithm: String, value: String, kind: Kind = .fullObject) {
        self.algorithm = algorithm
        self.value = value
        self.kind = kind
    }
}

public struct ObjectTag: Codable, Sendable, Hashable {
    public var key: String
    public var value: String

    public init(key: String, value: String) {
        self.key = key
        self.value = value
    }
}

/// One part of a multipart upload, or of the object it became.
public struct StoredPart: Codable, Sendable {
    /// From 1 to 10,000.
    public var number: Int
    public var size: Int64
    /// The MD5 of the part's bytes.
    public var etag: String
    /// In milliseconds since the epoch.
    public var modifiedAt: Int64
    /// In base 64, of the algorithm that the upload was begun with.
    public var checksum: String?
    var files: [DataFile]
}

/// An upload in parts that is neither completed nor aborted.
public struct MultipartUpload: Codable, Sendable {
    public var id: String
    public var key: ObjectKey
    /// In milliseconds since the epoch.
    public var startedAt: Int64
    public var attributes: ObjectAttributes
    public var tags: [ObjectTag]
    /// The name of a canned access control list; nil: private.
    public var access: String?
    /// `CRC32` and the like; nil where the uploader named none.
    public var checksumAlgorithm: String?
    public var checksumKind: StoredChecksum.Kind?
    /// By number.
    public internal(set) var parts: [Int: StoredPart] = [:]
}
