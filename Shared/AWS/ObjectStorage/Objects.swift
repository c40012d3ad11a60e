public import FoundationEssentials

/// The address of an object.
public struct ObjectAddress: Sendable, Hashable {
    public var bucket: String
    public var key: String

    public init(bucket: String, key: String) {
        self.bucket = bucket
        self.key = key
    }
}

/// The metadata of an object.
public struct ObjectMetadata: Sendable, Hashable {
    /// In bytes.
    public var size: Int64
    /// Identifies the object's content; without quotation marks.
    public var etag: String
    public var contentType: String?

    public init(size: Int64, etag: String, contentType: String? = nil) {
        self.size = size
        self.etag = etag
        self.contentType = contentType
    }
}

/// An object, or the requested range of it.
public struct FetchedObject: Sendable, Hashable {
    public var bytes: [UInt8]
    /// The metadata of the whole object, also for a range.
    public var metadata: ObjectMetadata

    public init(bytes: [UInt8], metadata: ObjectMetadata) {
        self.bytes = bytes
        self.metadata = metadata
    }
}

/// The result of copying an object.
public enum ObjectCopy: Sendable, Hashable {
    case copied
    /// There is an object at the destination; it was not changed.
    case destinationExists
    /// There is no object to copy.
    case sourceMissing
}

/// A page of a bucket's objects, ordered by key.
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
    /// Whether there are more objects after the last entry.
    public var isTruncated: Bool

    public init(entries: [Entry], isTruncated: Bool) {
        self.entries = entries
        self.isTruncated = isTruncated
    }
}

/// The operations on objects that functions use. A missing object is not an error.
public protocol Objects: Sendable {
    /// The metadata of an object; nil if it does not exist.
    func head(_ object: ObjectAddress) async throws(ObjectStorageError) -> ObjectMetadata?

    /// Reads an object or a range of it; nil if it does not exist.
    ///
    /// - Parameters:
    ///   - range: Byte positions, from zero. The upper bound may lie beyond the end of the object, the lower must not.
    ///   - limit: The maximum number of bytes; more throw ``ObjectStorageError/Code/tooLarge``.
    func get(
        _ object: ObjectAddress,
        range: ClosedRange<Int64>?,
        limit: Int
    ) async throws(ObjectStorageError) -> FetchedObject?

    /// Stores an object atomically, replacing any previous one. Returns its ETag without quotation marks.
    @discardableResult
    func put(
        _ bytes: [UInt8],
        contentType: String,
        at object: ObjectAddress
    ) async throws(ObjectStorageError) -> String

    /// Stores an object unless there is one already. Returns its ETag without quotation marks; nil if there is one, even
    /// if this very call stored it and the response was lost.
    func create(
        _ bytes: [UInt8],
        contentType: String,
        at object: ObjectAddress
    ) async throws(ObjectStorageError) -> String?

    /// Copies an object with its content type, unless there is one at the destination. At most 5 GiB.
    func copy(
        _ source: ObjectAddress,
        to destination: ObjectAddress
    ) async throws(ObjectStorageError) -> ObjectCopy

    /// Deletes an object if it exists.
    func delete(_ object: ObjectAddress) async throws(ObjectStorageError)

    /// Lists the objects whose keys sort after `key`.
    ///
    /// - Parameter limit: At most 1,000.
    func list(
        _ bucket: String,
        after key: String?,
        limit: Int
    ) async throws(ObjectStorageError) -> ObjectList

    /// Starts a multipart upload and returns its id.
    func createMultipartUpload(
        _ object: ObjectAddress,
        contentType: String
    ) async throws(ObjectStorageError) -> String
}

extension Objects {
    /// Reads a whole object; nil if it does not exist.
    public func get(_ object: ObjectAddress, limit: Int) async throws(ObjectStorageError) -> FetchedObject? {
        try await get(object, range: nil, limit: limit)
    }
}
