public import FoundationEssentials
public import ObjectStorage
import Synchronization

/// Buckets in memory, which record every request.
public final class StubObjects: Objects {
    private struct State {
        var objects: [ObjectAddress: (object: FetchedObject, lastModified: Date)] = [:]
        var requests: [String] = []
        var deleted: [ObjectAddress] = []
        var failure: ObjectStorageError?
    }

    private let state = Mutex(State())

    public init() {}

    public func add(
        _ bytes: [UInt8],
        contentType: String,
        etag: String = "e",
        lastModified: Date = .distantPast,
        at object: ObjectAddress
    ) {
        let metadata = ObjectMetadata(size: Int64(bytes.count), etag: etag, contentType: contentType)
        state.withLock { $0.objects[object] = (FetchedObject(bytes: bytes, metadata: metadata), lastModified) }
    }

    /// Makes every request fail from now on, or succeed again if there is no error.
    public func fail(with error: ObjectStorageError?) { state.withLock { $0.failure = error } }

    /// Every request with its key, in order: `head a`, `get a`, `put a`, `delete a`.
    public var requests: [String] { state.withLock { $0.requests } }
    /// The deleted objects, in order.
    public var deleted: [ObjectAddress] { state.withLock { $0.deleted } }
    public func bytes(of object: ObjectAddress) -> [UInt8]? { state.withLock { $0.objects[object]?.object.bytes } }
    public var keys: [String] { state.withLock { $0.objects.keys.map(\.key).sorted() } }

    public func head(_ object: ObjectAddress) throws(ObjectStorageError) -> ObjectMetadata? {
        try answer("head", object.key) { $0.objects[object]?.object.metadata }
    }

    public func get(
        _ object: ObjectAddress,
        range: ClosedRange<Int64>?,
        limit: Int
    ) throws(ObjectStorageError) -> FetchedObject? {
        guard var found = try answer("get", object.key, { $0.objects[object]?.object }) else { return nil }
        if let range { found.bytes = Array(found.bytes.dropFirst(Int(range.lowerBound)).prefix(range.count)) }
        guard found.bytes.count <= limit else { throw ObjectStorageError(.tooLarge, "\(object.key)") }
        return found
    }

    public func put(
        _ bytes: [UInt8],
        contentType: String,
        at object: ObjectAddress
    ) throws(ObjectStorageError) -> String {
        try answer("put", object.key) { _ in }
        // As in S3, equal bytes have equal ETags.
        let etag = String(bytes.reduce(0) { ($0 &* 31) &+ UInt64($1) })
        add(bytes, contentType: contentType, etag: etag, at: object)
        return etag
    }

    public func create(
        _ bytes: [UInt8],
        contentType: String,
        at object: ObjectAddress
    ) throws(ObjectStorageError) -> String? {
        guard try answer("create", object.key, { $0.objects[object] == nil }) else { return nil }
        return try put(bytes, contentType: contentType, at: object)
    }

    public func copy(_ source: ObjectAddress, to destination: ObjectAddress) throws(ObjectStorageError) -> ObjectCopy {
        try answer("copy", source.key) { state in
            guard let object = state.objects[source] else { return .sourceMissing }
            guard state.objects[destination] == nil else { return .destinationExists }
            state.objects[destination] = object
            return .copied
        }
    }

    public func delete(_ object: ObjectAddress) throws(ObjectStorageError) {
        try answer("delete", object.key) { state in
            state.deleted.append(object)
            state.objects[object] = nil
        }
    }

    public func list(_ bucket: String, after key: String?, limit: Int) throws(ObjectStorageError) -> ObjectList {
        let entries = try answer("list", bucket) { state in
            state.objects.filter { $0.key.bucket == bucket && $0.key.key > key ?? "" }
                .map { address, value in
                    ObjectList.Entry(
                        key: address.key,
                        size: value.object.metadata.size,
                        lastModified: value.lastModified
                    )
                }
                .sorted { $0.key < $1.key }
        }
        return ObjectList(entries: Array(entries.prefix(limit)), isTruncated: entries.count > limit)
    }

    public func createMultipartUpload(
        _ object: ObjectAddress,
        contentType: String
    ) throws(ObjectStorageError) -> String {
        try answer("create-upload", object.key) { _ in "upload-1" }
    }

    private func answer<Answer>(
        _ verb: String,
        _ name: String,
        _ answer: (inout State) -> Answer
    ) throws(ObjectStorageError) -> Answer {
        let result: Result<Answer, ObjectStorageError> = state.withLock { state in
            state.requests.append("\(verb) \(name)")
            if let failure = state.failure { return .failure(failure) }
            return .success(answer(&state))
        }
        return try result.get()
    }
}
