public import FoundationEssentials

/// Where an object is.
public struct ObjectAddress: Sendable, Hashable {
    public var bucket: String
    public var key: String

    public init(bucket: String, key: String) {
        self.bucket = bucket
        self.key = key
    }
}

/// What is known of an object without its bytes.
public struct ObjectMetadata: Sendable, Hashable {
    /// In bytes.
    public var size: Int64
    /// Names this content of the object; without its quotes.
    public var etag: String
    public var contentType: String?

    public init(size: Int64, etag: String, contentType: String? = nil) {
        self.size = size
        self.etag = etag
        self.contentType = contentType
    }
}

/// An object, or the part of it that was asked for.
public struct StoredObject: Sendable, Hashable {
    public var bytes: [UInt8]
    /// Of the whole object.
    public var metadata: ObjectMetadata

    public init(bytes: [UInt8], metadata: ObjectMetadata) {
        self.bytes = bytes
        self.metadata = metadata
    }
}

/// Some of a bucket's objects, in the order of their keys.
public struct ObjectList: Sendable, Hashable {
    public struct Entry: Sendable, Hashable {
        public var key: String
        /// In bytes.
        public var size: Int64
        public var lastModified: Date

        public init(key: String, size: Int64, lastModified: Date) {
            self.key = key
            self.size = size
            self.lastModified = lastModified
        }
    }

    public var entries: [Entry]
    /// There are more after the last of them.
    public var isTruncated: Bool

    public init(entries: [Entry], isTruncated: Bool) {
        self.entries = entries
        self.isTruncated = isTruncated
    }
}

/// What functions do with objects. An object that is not there is no error.
public protocol Objects: Sendable {
    /// What is known of an object; nil if there is none.
    func head(_ object: ObjectAddress) async throws(ObjectStorageError) -> ObjectMetadata?

    /// An object's bytes; nil if there is none.
    ///
    /// - Parameters:
    ///   - range: Which bytes, counted from zero; those beyond the end are left out, but the first must be there.
    ///   - limit: More bytes than that are a ``ObjectStorageError/Code/tooLarge``.
    func get(
        _ object: ObjectAddress,
        range: ClosedRange<Int64>?,
        limit: Int
    ) async throws(ObjectStorageError) -> StoredObject?

    /// Stores an object, whole or not at all, in the place of what was there, and gives its ETag without quotes.
    @discardableResult
    func put(
        _ bytes: [UInt8],
        contentType: String,
        at object: ObjectAddress
    ) async throws(ObjectStorageError) -> String

    /// Deletes an object if it is there.
    func delete(_ object: ObjectAddress) async throws(ObjectStorageError)

    /// The objects whose keys come after a key.
    ///
    /// - Parameter limit: 1,000 at most.
    func list(
        _ bucket: String,
        after key: String?,
        limit: Int
    ) async throws(ObjectStorageError) -> ObjectList

    /// Begins an upload in parts, and gives its id.
    func createMultipartUpload(
        _ object: ObjectAddress,
        contentType: String
    ) async throws(ObjectStorageError) -> String
}

extension Objects {
    /// A whole object; nil if there is none.
    public func get(_ object: ObjectAddress, limit: Int) async throws(ObjectStorageError) -> StoredObject? {
        try await get(object, range: nil, limit: limit)
    }
}
