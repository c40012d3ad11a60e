import Foundation
import NIOCore
import ObjectStore
import Synchronization
import Testing

/// Opens a copy of a store's folder, as another process does after the first one was killed.
@Suite struct ObjectStoreRecoveryTests {
    private let folder = StoreFolder()

    private func store() async throws -> ObjectStore {
        let store = try await folder.open()
        try await store.ensureBucket("bucket")
        return store
    }

    @Test func restoresBucketsObjectsAndUploads() async throws {
        let store = try await store()
        try await store.put("one", "a")
        try await store.put("two", "a")
        try await store.put("gone", "b")
        try await store.delete(ObjectKey("b"), in: "bucket")
        try await store.setTags([ObjectTag(key: "k", value: "v")], of: ObjectKey("a"), in: "bucket")
        let upload = MultipartUpload(key: ObjectKey("c"), attributes: ObjectAttributes())
        try await store.startUpload(upload, in: "bucket")
        #expect(try await folder.settles(at: 1))
        let reopened = try await folder.snapshot().open()
        #expect(try await reopened.text("a") == "two")
        #expect(try reopened.object(ObjectKey("a"), in: "bucket").tags == [ObjectTag(key: "k", value: "v")])
        #expect(try reopened.list(ListingRequest(), in: "bucket").objects.count == 1)
        #expect(try reopened.uploads(in: "bucket").map(\.id) == [upload.id])
    }

    @Test func deletesFilesWithoutAnObject() async throws {
        let store = try await store()
        try await store.put("kept", "a")
        let data = try await store.written("not committed")
        let copy = try folder.snapshot()
        #expect(try copy.files().count == 2)
        let reopened = try await copy.open()
        #expect(try copy.files().count == 1)
        #expect(try await reopened.text("a") == "kept")
        withExtendedLifetime(data) {}
    }

    @Test func removesALastRecordThatWasCutOff() async throws {
        let store = try await store()
        try await store.put("whole", "a")
        let whole = try Data(contentsOf: URL(filePath: folder.journal)).count
        try await store.put("half", "b")
        let line = try Data(contentsOf: URL(filePath: folder.journal)).count
        for length in stride(from: whole, to: line, by: 17) {
            let copy = try folder.snapshot()
            #expect(truncate(copy.journal, off_t(length)) == 0)
            let reopened = try await copy.open()
            #expect(try await reopened.text("a") == "whole")
            #expect(throws: ObjectStoreError(.noSuchKey)) { try reopened.object(ObjectKey("b"), in: "bucket") }
            #expect(try copy.files().count == 1)
            // The next record must not be appended to the remains of the last one.
            try await reopened.put("next", "c")
            #expect(try await copy.snapshot().open().text("c") == "next")
        }
    }

    @Test func refusesADamagedJournal() async throws {
        let store = try await store()
        try await store.put("x", "a")
        try await store.put("y", "b")
        let copy = try folder.snapshot()
        var lines = try String(contentsOfFile: copy.journal, encoding: .utf8).split(separator: "\n").map(String.init)
        lines[1] = "{"
        try (lines.joined(separator: "\n") + "\n").write(toFile: copy.journal, atomically: true, encoding: .utf8)
        await #expect(throws: ObjectStoreError.self) { try await copy.open() }
    }

    @Test func isUsedByOneProcessAtATime() async throws {
        let store = try await store()
        await #expect(throws: ObjectStoreError.self) { try await folder.open() }
        withExtendedLifetime(store) {}
    }

    @Test func compactsTheJournal() async throws {
        let store = try await store()
        for number in 0..<1_500 { try await store.put("\(number)", "a") }
        #expect(try await folder.settles(at: 1))
        let copy = try folder.snapshot()
        let long = try Data(contentsOf: URL(filePath: copy.journal)).count
        let reopened = try await copy.open()
        #expect(try Data(contentsOf: URL(filePath: copy.journal)).count < long / 100)
        #expect(try await reopened.text("a") == "1499")
        #expect(try await copy.snapshot().open().text("a") == "1499")
    }

    // MARK: Events

    private func watched() async throws -> ObjectStore {
        let store = try await store()
        try await store.updateSettings(of: "bucket") { settings in
            settings.notifications = [
                NotificationRule(id: "all", events: ["s3:ObjectCreated:*"], destination: "arn:aws:sqs:x:1:q"),
                NotificationRule(
                    id: "some",
                    events: ["s3:ObjectRemoved:Delete"],
                    destination: "arn:aws:sqs:x:1:r",
                    prefix: "in/",
                    suffix: ".jpg"
                ),
            ]
        }
        return store
    }

    @Test func deliversPendingEventsAfterARestart() async throws {
        let store = try await watched()
        try await store.put("x", "in/a b@ü.jpg")
        let reopened = try await folder.snapshot().open()
        let recorder = EventRecorder()
        let delivery = Task { await reopened.deliverEvents(to: recorder) }
        let event = await recorder.next()
        delivery.cancel()
        await delivery.value
        #expect(event.contains(#""key":"in/a+b%40%C3%BC.jpg""#))
        #expect(event.contains(#""eventName":"ObjectCreated:Put""#))
        #expect(event.contains(#""configurationId":"all""#))
    }

    @Test func deliversAConfirmedEventOnlyOnce() async throws {
        let store = try await watched()
        let recorder = EventRecorder()
        let delivery = Task { await store.deliverEvents(to: recorder) }
        try await store.put("first", "a")
        _ = await recorder.next()
        // The second event is delivered only after the delivery of the first has been recorded.
        try await store.put("second", "a")
        _ = await recorder.next()
        delivery.cancel()
        await delivery.value
        let reopened = try await folder.snapshot().open()
        let later = EventRecorder()
        let again = Task { await reopened.deliverEvents(to: later) }
        try await reopened.put("third", "b")
        let event = await later.next()
        #expect(event.contains(#""size":6"#) || event.contains(#""key":"b""#))
        again.cancel()
        await again.value
    }

    @Test func keepsTheOrderOfAKeyDespiteFailures() async throws {
        let store = try await watched()
        let recorder = EventRecorder(failures: 3)
        var policy = ObjectStore.RetryPolicy()
        policy.firstDelay = .milliseconds(1)
        let delivery = Task { [policy] in await store.deliverEvents(to: recorder, policy: policy) }
        var etags: [String] = []
        for text in ["one", "two", "three"] { etags.append(try await store.put(text, "a").etag) }
        for etag in etags {
            #expect(await recorder.next().contains(etag))
        }
        delivery.cancel()
        await delivery.value
    }

    @Test func sendsOnlyEventsThatMatchARule() async throws {
        let store = try await watched()
        let recorder = EventRecorder()
        let delivery = Task { await store.deliverEvents(to: recorder) }
        for key in ["out/a.jpg", "in/a.png", "in/a.jpg"] {
            try await store.put("x", key)
            _ = await recorder.next()
            try await store.delete(ObjectKey(key), in: "bucket")
        }
        let removed = await recorder.next()
        #expect(removed.contains(#""eventName":"ObjectRemoved:Delete""#))
        #expect(removed.contains(#""key":"in/a.jpg""#))
        delivery.cancel()
        await delivery.value
    }
}

/// Receives events, after a number of failures.
private actor EventRecorder: EventDestination {
    private struct Busy: Error {}

    private var failures: Int
    private var events: [String] = []
    private var waiting: CheckedContinuation<String, Never>?

    init(failures: Int = 0) { self.failures = failures }

    func deliver(_ event: [UInt8], to arn: String) async throws {
        guard failures == 0 else {
            failures -= 1
            throw Busy()
        }
        let text = String(decoding: event, as: UTF8.self)
        if let waiting {
            self.waiting = nil
            waiting.resume(returning: text)
        } else {
            events.append(text)
        }
    }

    func next() async -> String {
        if !events.isEmpty { return events.removeFirst() }
        return await withCheckedContinuation { waiting = $0 }
    }
}
