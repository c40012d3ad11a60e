import Foundation
import NIOCore
import ObjectStore
import Testing

@Suite struct ObjectStoreTests {
    private let folder = StoreFolder()

    private func store() async throws -> ObjectStore {
        let store = try await folder.open()
        try await store.ensureBucket("bucket")
        return store
    }

    @Test(arguments: [
        "a", "a/b", "A", "../../etc/passwd", "..", ".", "/", "//", "a\u{0}b", "ü", "u\u{308}", "key with spaces",
        String(repeating: "k", count: 1_024), "\u{1F600}",
    ])
    func distinguishesSimilarKeys(key: String) async throws {
        let store = try await store()
        for other in ["a", "a/b", "A", "ü", "u\u{308}"] where Array(other.utf8) != Array(key.utf8) {
            try await store.put("other", other)
        }
        try await store.put("mine", key)
        #expect(try await store.text(key) == "mine")
        #expect(try await store.delete(ObjectKey(key), in: "bucket"))
        #expect(throws: ObjectStoreError.self) { try store.object(ObjectKey(key), in: "bucket") }
    }

    @Test func computesTheETagsOfS3() async throws {
        let store = try await store()
        #expect(try await store.put("hello", "a").etag == "5d41402abc4b2a76b9719d911017c592")
        #expect(try await store.put("", "empty").etag == "d41d8cd98f00b204e9800998ecf8427e")
        #expect(try await store.text("empty") == "")
    }

    /// A short body is written on the caller's thread, a long one on a thread of the store.
    @Test(.timeLimit(.minutes(1)), arguments: [1, 5_000_000])
    func reportsBytesThatCannotBeWritten(count: Int) async throws {
        let store = try await store()
        try FileManager.default.removeItem(atPath: "\(folder.path)/data")
        let writer = store.writer(computing: NoDigest())
        await #expect(throws: ObjectStoreError.self) {
            for start in stride(from: 0, to: count, by: 100_000) {
                try await writer.write(ByteBuffer(repeating: 0, count: min(100_000, count - start)))
            }
            _ = try await writer.finish()
        }
    }

    @Test func readsARangeAcrossPieces() async throws {
        let store = try await store()
        let text = String(repeating: "0123456789", count: 60_000)
        let object = try await store.put(text, "large")
        #expect(try await store.text(of: object) == text)
        #expect(try await store.text(of: object, range: 262_140..<262_150) == "0123456789")
    }

    @Test func aReplacedObjectStaysReadable() async throws {
        let store = try await store()
        let old = try await store.put("old", "a")
        try await store.put("new", "a")
        #expect(try await store.text(of: old) == "old")
        #expect(try await store.text("a") == "new")
    }

    @Test func deletesTheFilesOfReplacedAndDeletedObjects() async throws {
        let store = try await store()
        try await store.put("one", "a")
        try await store.put("two", "a")
        #expect(try await folder.settles(at: 1))
        try await store.delete(ObjectKey("a"), in: "bucket")
        #expect(try await folder.settles(at: 0))
    }

    @Test func deletesTheFileOfAnAbandonedUpload() async throws {
        let store = try await store()
        _ = try await store.written("abandoned")
        #expect(try await folder.settles(at: 0))
    }

    @Test func onlyOneConcurrentWriteCreatesANewObject() async throws {
        let store = try await store()
        let winners = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<40 {
                group.addTask {
                    let condition = WriteCondition.isAbsent
                    return (try? await store.put("\(number)", "a", condition: condition)) != nil
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(winners == 1)
        #expect(try await folder.settles(at: 1))
    }

    @Test func onlyOneConcurrentWriteReplacesTheSameObject() async throws {
        let store = try await store()
        let seen = try await store.put("seen", "a").etag
        let winners = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<40 {
                group.addTask {
                    (try? await store.put("\(number)", "a", condition: .matches(seen))) != nil
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(winners == 1)
    }

    @Test func refusesToDeleteABucketWithObjects() async throws {
        let store = try await store()
        try await store.put("x", "a")
        await #expect(throws: ObjectStoreError(.bucketNotEmpty)) { try await store.deleteBucket("bucket") }
        try await store.delete(ObjectKey("a"), in: "bucket")
        try await store.deleteBucket("bucket")
        #expect(throws: ObjectStoreError(.noSuchBucket)) { try store.bucket("bucket") }
    }

    @Test func createsAnObjectFromItsParts() async throws {
        let store = try await store()
        let key = ObjectKey("parts")
        let upload = MultipartUpload(key: key, attributes: ObjectAttributes(headers: ["content-type": "text/x"]))
        try await store.startUpload(upload, in: "bucket")
        let first = String(repeating: "a", count: Int(ObjectStore.minimumPartSize))
        var named: [NamedPart] = []
        for (number, text) in [(2, "replaced"), (1, first), (2, "tail"), (3, "not listed")] {
            let data = try await store.written(text)
            let part = try await store.putPart(
                number,
                data,
                checksum: nil,
                upload: upload.id,
                key: key,
                in: "bucket"
            )
            named.append(NamedPart(number: number, etag: part.etag))
        }
        await #expect(throws: ObjectStoreError(.invalidPartOrder)) {
            try await complete([named[2], named[1]], upload, store)
        }
        await #expect(throws: ObjectStoreError(.invalidPart, "2")) {
            try await complete([named[1], named[0]], upload, store)
        }
        await #expect(throws: ObjectStoreError(.partTooSmall, "2")) {
            try await complete([named[2], named[3]], upload, store)
        }
        let object = try await complete([named[1], named[2]], upload, store)
        #expect(object.etag.hasSuffix("-2"))
        #expect(try await store.text("parts") == first + "tail")
        #expect(try store.object(key, in: "bucket").attributes.headers["content-type"] == "text/x")
        #expect(try await folder.settles(at: 2))
        #expect(throws: ObjectStoreError(.noSuchUpload)) { try store.upload(upload.id, of: key, in: "bucket") }
    }

    private func complete(
        _ parts: [NamedPart],
        _ upload: MultipartUpload,
        _ store: ObjectStore
    ) async throws -> ObjectRecord {
        let new = NewObject(key: upload.key, event: .completeMultipartUpload)
        return try await store.completeUpload(upload.id, parts: parts, as: new, in: "bucket") { _, _ in nil }
    }

    @Test func aCopyOutlivesItsSource() async throws {
        let store = try await store()
        try await store.put("bytes", "a")
        // A reference to the source object would keep its file.
        _ = try await store.copy(
            try store.object(ObjectKey("a"), in: "bucket"),
            to: NewObject(key: ObjectKey("b"), event: .copy),
            in: "bucket"
        )
        try await store.delete(ObjectKey("a"), in: "bucket")
        #expect(try await folder.settles(at: 1))
        #expect(try await store.text("b") == "bytes")
    }
}
