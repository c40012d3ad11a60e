/// Everything that is stored about an object except its bytes.
public struct ObjectRecord: Codable, Sendable {
    public var size: Int64
    /// Without quotation marks: the MD5 of the bytes, or the MD5 of the parts' MD5s, a hyphen and the number of parts.
    public var etag: String
    /// In milliseconds since the epoch.
    public var modifiedAt: Int64
    /// Grows with every change in the whole store.
    public var sequencer: UInt64
    public var attributes: ObjectAttributes
    public var checksum: StoredChecksum?
    public var tags: [ObjectTag]
    /// The name of a canned access control list; nil for `private`.
    public var access: String?
    /// Empty unless the object was uploaded in parts.
    public var parts: [PartRecord]
    /// The multipart upload that created the object.
    public var uploadID: String?
    /// The files with the object's bytes, in order.
    var files: [DataFile]
}

/// Attributes that the uploader sets; they are returned with the object.
public struct ObjectAttributes: Codable, Sendable, Hashable {
    /// System headers by their lower-case names: `content-type`, `cache-control` and others.
    public var headers: [String: String]
    /// User metadata by lower-case names without `x-amz-meta-`.
    public var metadata: [String: String]

    public init(headers: [String: String] = [:], metadata: [String: String] = [:]) {
        self.headers = headers
        self.metadata = metadata
    }
}

/// A tag of an object or a bucket.
public struct ObjectTag: Codable, Sendable, Hashable {
    public var key: String
    public var value: String

    public init(key: String, value: String) {
        self.key = key
        self.value = value
    }
}
