/// An upload in parts that is neither completed nor aborted.
public struct MultipartUpload: Codable, Sendable {
    public var id: String
    public var key: ObjectKey
    /// In milliseconds since the epoch.
    public var startedAt: Int64
    public var attributes: ObjectAttributes
    public var tags: [ObjectTag]
    /// The name of a canned access control list; nil for `private`.
    public var access: String?
    /// `CRC32`, for example; nil if the uploader requested none.
    public var checksumAlgorithm: String?
    public var checksumKind: StoredChecksum.Kind?
    /// Whether the object of the key was written or deleted after the upload was started. Nil in records of earlier
    /// versions.
    var hasObjectChanged: Bool?
    /// By number.
    public internal(set) var parts: [Int: PartRecord] = [:]

    /// - Parameter checksumAlgorithm: `CRC32`, for example.
    public init(
        key: ObjectKey,
        attributes: ObjectAttributes,
        tags: [ObjectTag] = [],
        access: String? = nil,
        checksumAlgorithm: String? = nil,
        checksumKind: StoredChecksum.Kind? = nil
    ) {
        id = DataFolder.newName() + DataFolder.newName()
        self.key = key
        startedAt = ObjectStore.milliseconds
        self.attributes = attributes
        self.tags = tags
        self.access = access
        self.checksumAlgorithm = checksumAlgorithm
        self.checksumKind = checksumKind
    }
}

/// A part of a multipart upload, or of the object that the upload became.
public struct PartRecord: Codable, Sendable {
    /// From 1 to 10,000.
    public var number: Int
    public var size: Int64
    /// The MD5 of the part's bytes.
    public var etag: String
    /// In milliseconds since the epoch.
    public var modifiedAt: Int64
    /// In base64, by the algorithm of the upload.
    public var checksum: String?
    /// Empty once the part belongs to an object; the object then has the files.
    var files: [DataFile]

    var withoutFiles: PartRecord {
        var part = self
        part.files = []
        return part
    }
}

/// A part as the client lists it when it completes an upload.
public struct NamedPart: Sendable, Hashable {
    public var number: Int
    /// Without quotation marks.
    public var etag: String
    /// In base64; nil if the client does not list it.
    public var checksum: String?

    public init(number: Int, etag: String, checksum: String? = nil) {
        self.number = number
        self.etag = etag
        self.checksum = checksum
    }
}
