import BlockingIO
import FileCredentials
import Files
import FoundationEssentials
import Images
import ObjectStorage
import Synchronization

@testable import FileProxyOrigin

let moment = Date(timeIntervalSince1970: 1_800_000_000)
let photo = FileID("0197f9c4-6a3b-7c11-8d5e-2f4b6a8c0e13.jpg") ?? FileID(uuid: UUID(), type: .bytes)
let video = FileID("0197f9c4-6a3b-7c11-8d5e-2f4b6a8c0e13.mp4") ?? FileID(uuid: UUID(), type: .bytes)

extension FileCredentialConfiguration {
    static var test: FileCredentialConfiguration {
        get throws {
            let secret = Data(repeating: 0x42, count: 32).base64EncodedString()
            return try FileCredentialConfiguration(secrets: FileCredentialSecrets("a:\(secret)"))
        }
    }
}

extension String {
    static func credential(for file: FileID, at date: Date = moment) throws -> String {
        FileCredentialSigner(try .test).token(for: file, at: date).token
    }
}

/// Buckets in memory, which record every request.
final class StubBuckets: Objects {
    private struct State {
        var objects: [ObjectAddress: [UInt8]] = [:]
        var log: [String] = []
        var failure: ObjectStorageError?
        var putFailure: ObjectStorageError?
        var simultaneous: [ObjectAddress: [UInt8]] = [:]
    }

    private let state = Mutex(State())

    /// Every request in order, as in `head files/…` and `get variants/…`.
    var log: [String] { state.withLock { $0.log } }

    subscript(bucket: String, key: String) -> [UInt8]? {
        get { state.withLock { $0.objects[ObjectAddress(bucket: bucket, key: key)] } }
        set { state.withLock { $0.objects[ObjectAddress(bucket: bucket, key: key)] = newValue } }
    }

    func fail(with error: ObjectStorageError?, ofPuts putFailure: ObjectStorageError? = nil) {
        state.withLock {
            $0.failure = error; $0.putFailure = putFailure
        }
    }

    /// Objects that others store at the same time as the next object is put.
    func storeSimultaneously(_ objects: [ObjectAddress: [UInt8]]) { state.withLock { $0.simultaneous = objects } }

    private func bytes(_ verb: String, _ object: ObjectAddress) throws(ObjectStorageError) -> [UInt8]? {
        let (failure, bytes) = state.withLock { state in
            state.log.append("\(verb) \(object.bucket)/\(object.key)")
            return (state.failure, state.objects[object])
        }
        if let failure { throw failure }
        return bytes
    }

    func head(_ object: ObjectAddress) async throws(ObjectStorageError) -> ObjectMetadata? {
        try bytes("head", object).map { ObjectMetadata(size: Int64($0.count), etag: "e\($0.count)") }
    }

    func get(
        _ object: ObjectAddress,
        range: ClosedRange<Int64>?,
        limit: Int
    ) async throws(ObjectStorageError) -> FetchedObject? {
        guard let bytes = try bytes("get", object) else { return nil }
        guard bytes.count <= limit else { throw ObjectStorageError(.tooLarge, "") }
        return FetchedObject(bytes: bytes, metadata: ObjectMetadata(size: Int64(bytes.count), etag: "e\(bytes.count)"))
    }

    func put(
        _ bytes: [UInt8],
        contentType: String,
        at object: ObjectAddress
    ) async throws(ObjectStorageError) -> String {
        _ = try self.bytes("put", object)
        if let failure = state.withLock({ $0.putFailure }) { throw failure }
        state.withLock { state in
            state.objects[object] = bytes
            for other in state.simultaneous { state.objects[other.key] = other.value }
        }
        return "e\(bytes.count)"
    }

    func delete(_ object: ObjectAddress) async throws(ObjectStorageError) {
        _ = try bytes("delete", object)
        state.withLock { $0.objects[object] = nil }
    }

    func list(_ bucket: String, after key: String?, limit: Int) async throws(ObjectStorageError) -> ObjectList {
        _ = try bytes("list", ObjectAddress(bucket: bucket, key: key ?? ""))
        let entries = state.withLock { state in
            state.objects.filter { $0.key.bucket == bucket && $0.key.key > key ?? "" }
                .map { ObjectList.Entry(key: $0.key.key, size: Int64($0.value.count), lastModified: moment) }
                .sorted { $0.key < $1.key }
        }
        return ObjectList(entries: Array(entries.prefix(limit)), isTruncated: entries.count > limit)
    }

    func create(
        _ bytes: [UInt8],
        contentType: String,
        at object: ObjectAddress
    ) async throws(ObjectStorageError) -> String? {
        throw ObjectStorageError(.refused, "")
    }

    func copy(_ source: ObjectAddress, to destination: ObjectAddress) async throws(ObjectStorageError) -> ObjectCopy {
        throw ObjectStorageError(.refused, "")
    }

    func createMultipartUpload(
        _ object: ObjectAddress,
        contentType: String
    ) async throws(ObjectStorageError) -> String {
        throw ObjectStorageError(.refused, "")
    }
}

/// Returns an image of a configurable number of bytes, and records the requested variants.
final class StubResizer: ImageResizing {
    private struct State {
        var variants: [ImageVariant] = []
        var result: Result<Int, ImageError> = .success(3)
        var canMakeAVIF = true
    }

    private let state = Mutex(State())

    var variants: [ImageVariant] { state.withLock { $0.variants } }

    func answer(with result: Result<Int, ImageError>) { state.withLock { $0.result = result } }

    /// Whether AVIF is refused because of its size.
    func refuseAVIF() { state.withLock { $0.canMakeAVIF = false } }

    func resize(
        _ image: [UInt8],
        to variant: ImageVariant,
        until deadline: Deadline
    ) async throws(ImageError) -> ResizedImage {
        let result = state.withLock { state in
            state.variants.append(variant)
            let isRefused = variant.format == .avif && !state.canMakeAVIF
            return isRefused ? .failure(ImageError(.variantTooLarge, "")) : state.result
        }
        return ResizedImage(bytes: Array(repeating: 7, count: try result.get()), width: 1, height: 1)
    }
}
