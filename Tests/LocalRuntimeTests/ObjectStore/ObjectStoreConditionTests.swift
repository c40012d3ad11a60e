import Testing

@testable import ObjectStore

@Suite("Conditional writes of the object store")
struct ObjectStoreConditionTests {
    enum Change: String, CaseIterable, Sendable {
        case none, write, deletion, writeAndDeletion

        func apply(to key: String, _ store: ObjectStore) async throws {
            switch self {
            case .none: break
            case .write: try await store.put("other", key)
            case .deletion: try await store.delete(ObjectKey(key), in: "bucket")
            case .writeAndDeletion:
                try await store.put("other", key)
                try await store.delete(ObjectKey(key), in: "bucket")
            }
        }
    }

    private let folder = StoreFolder()

    private func store() async throws -> ObjectStore {
        let store = try await folder.open()
        try await store.createBucket("bucket")
        return store
    }

    private func startUpload(_ key: String, _ store: ObjectStore) async throws -> (MultipartUpload, NamedPart) {
        let upload = MultipartUpload(key: ObjectKey(key), attributes: ObjectAttributes())
        try await store.startUpload(upload, in: "bucket")
        let part = try await store.putPart(
            1,
            try await store.written("part"),
            checksum: nil,
            upload: upload.id,
            key: upload.key,
            in: "bucket"
        )
        return (upload, NamedPart(number: 1, etag: part.etag))
    }

    private func complete(
        _ upload: (MultipartUpload, NamedPart),
        _ condition: WriteCondition,
        _ store: ObjectStore
    ) async throws {
        let new = NewObject(key: upload.0.key, condition: condition, event: .completeMultipartUpload)
        _ = try await store.completeUpload(upload.0.id, parts: [upload.1], as: new, in: "bucket") { _, _ in nil }
    }

    private func currentETag(_ key: String, _ store: ObjectStore) -> String {
        (try? store.object(ObjectKey(key), in: "bucket").etag) ?? "none"
    }

    /// `If-Match` with the ETag that the object has when the upload is completed.
    @Test(
        arguments: [
            (Change.none, nil), (.write, ObjectStoreError(.conditionalRequestConflict, "If-Match")),
            (.deletion, ObjectStoreError(.noSuchKey)), (.writeAndDeletion, ObjectStoreError(.noSuchKey)),
        ] as [(Change, ObjectStoreError?)]
    )
    func anUploadThatReplacesAnObjectFailsIfItChanged(change: Change, failure: ObjectStoreError?) async throws {
        let store = try await store()
        try await store.put("old", "a")
        let upload = try await startUpload("a", store)
        try await change.apply(to: "a", store)
        let condition = WriteCondition.matches(currentETag("a", store))
        await expect(failure) { try await complete(upload, condition, store) }
    }

    @Test(
        arguments: [
            (true, Change.none, ObjectStoreError(.preconditionFailed, "If-None-Match")),
            (true, .deletion, ObjectStoreError(.conditionalRequestConflict, "If-None-Match")),
            (true, .writeAndDeletion, ObjectStoreError(.conditionalRequestConflict, "If-None-Match")),
            (true, .write, ObjectStoreError(.preconditionFailed, "If-None-Match")), (false, .none, nil),
            (false, .write, ObjectStoreError(.preconditionFailed, "If-None-Match")), (false, .deletion, nil),
            (false, .writeAndDeletion, ObjectStoreError(.conditionalRequestConflict, "If-None-Match")),
        ] as [(Bool, Change, ObjectStoreError?)]
    )
    func anUploadThatCreatesAnObjectFailsIfOneExisted(
        exists: Bool,
        change: Change,
        failure: ObjectStoreError?
    ) async throws {
        let store = try await store()
        if exists { try await store.put("old", "a") }
        let upload = try await startUpload("a", store)
        try await change.apply(to: "a", store)
        await expect(failure) { try await complete(upload, .isAbsent, store) }
    }

    @Test(arguments: Change.allCases) func anUploadWithoutAConditionIgnoresChanges(change: Change) async throws {
        let store = try await store()
        try await store.put("old", "a")
        let upload = try await startUpload("a", store)
        try await change.apply(to: "a", store)
        await expect(nil) { try await complete(upload, .none, store) }
    }

    @Test func changesOfOtherKeysAndBucketsAreNoConflict() async throws {
        let store = try await store()
        try await store.createBucket("other")
        try await store.put("old", "a")
        let upload = try await startUpload("a", store)
        try await store.put("new", "b")
        try await store.put("new", "a", in: "other")
        await expect(nil) { try await complete(upload, .matches(currentETag("a", store)), store) }
    }

    @Test func aChangeIsRememberedAcrossARestart() async throws {
        let store = try await store()
        try await store.put("old", "a")
        let upload = try await startUpload("a", store)
        try await store.delete(ObjectKey("a"), in: "bucket")
        // A snapshot cannot copy a file that is being deleted.
        #expect(try await folder.settles(at: 1))
        let reopened = try await folder.snapshot().open()
        await expect(ObjectStoreError(.conditionalRequestConflict, "If-None-Match")) {
            try await complete(upload, .isAbsent, reopened)
        }
    }

    @Test(
        arguments: [
            (Change.none, nil), (.write, ObjectStoreError(.conditionalRequestConflict, "If-Match")),
            (.deletion, ObjectStoreError(.noSuchKey)),
        ] as [(Change, ObjectStoreError?)]
    )
    func aWriteFailsIfTheObjectChangedSinceItBegan(change: Change, failure: ObjectStoreError?) async throws {
        let store = try await store()
        try await store.put("old", "a")
        let observed = try store.observe(ObjectKey("a"), in: "bucket")
        try await change.apply(to: "a", store)
        var new = NewObject(key: ObjectKey("a"), condition: .matches(currentETag("a", store)))
        new.observed = observed
        let write = new
        await expect(failure) { _ = try await store.put(write, try await store.written("new"), in: "bucket") }
    }

    @Test func aWriteFailsIfTheObjectWasDeletedSinceItBegan() async throws {
        let store = try await store()
        try await store.put("old", "a")
        var new = NewObject(key: ObjectKey("a"), condition: .isAbsent)
        new.observed = try store.observe(ObjectKey("a"), in: "bucket")
        let write = new
        try await store.delete(ObjectKey("a"), in: "bucket")
        await expect(ObjectStoreError(.conditionalRequestConflict, "If-None-Match")) {
            _ = try await store.put(write, try await store.written("new"), in: "bucket")
        }
    }

    private func expect(_ failure: ObjectStoreError?, _ body: () async throws -> Void) async {
        var error: (any Error)?
        do { try await body() } catch let thrown { error = thrown }
        #expect(error as? ObjectStoreError == failure)
        #expect((error == nil) == (failure == nil))
    }
}
