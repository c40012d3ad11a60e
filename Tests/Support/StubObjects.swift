public import FoundationEssentials
public import ObjectStorage
import Synchronization

/// Buckets in memory.
public final class StubObjects: Objects {
    private struct State {
        var objects: [ObjectAddress: (object: FetchedObject, lastModified: Date)] = [:]
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

    /// Has everything fail from now on; nil ends that.
    public func fail(with error: ObjectStorageError?) { state.withLock { $0.failure = error } }

    /// What was deleted, in order.
    public var deleted: [ObjectAddress] { state.withLock { $0.deleted } }
    public func bytes(of object: ObjectAddress) -> [UInt8]? { state.withLock { $0.objects[object]?.object.bytes } }
    public var keys: [String] { state.withLock { $0.objects.keys.map(\.key).sorted() } }

    public func head(_ object: ObjectAddress) throws(ObjectStorageError) -> ObjectMetadata? {
        try read { $0.objects[object]?.object.metadata }
    }

    public func get(
        _ object: ObjectAddress,
        range: ClosedRange<Int64>?,
        limit: Int
    ) throws(ObjectStorageError) -> FetchedObject? {
        guard var found = try read({ $0.objects[object]?.object }) else { return nil }
        if let range { found.bytes = Array(found.bytes.dropFirst(Int(range.lowerBound)).prefix(range.count)) }
        guard found.bytes.count <= limit else { throw ObjectStorageError(.tooLarge, "\(object.key)") }
        return found
    }

    public func put(
        _ bytes: [UInt8],
        contentType: String,
        at object: ObjectAddress
    ) throws(ObjectStorageError) -> String {
        _ = try read { _ in true }
        // As with S3, the same bytes have the same one.
        let etag = String(bytes.reduce(0) { ($0 &* 31) &+ UInt64($1) })
        add(bytes, contentType: contentType, etag: etag, at: object)
        return etag
    }

    public func delete(_ object: ObjectAddress) throws(ObjectStorageError) {
        _ = try read { _ in true }
        state.withLock { state in
            state.deleted.append(object)
            state.objects[object] = nil
        }
    }

    public func list(_ bucket: String, after key: String?, limit: Int) throws(ObjectStorageError) -> ObjectList {
        let entries = try read { state in
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
        try read { _ in "upload-1" }
    }

    private func read<Value>(_ value: (State) -> Value) throws(ObjectStorageError) -> Value {
        let result = state.withLock { state in
            state.failure.map(Result<Value, ObjectStorageError>.failure) ?? .success(value(state))
        }
        return try result.get()
    }
}
