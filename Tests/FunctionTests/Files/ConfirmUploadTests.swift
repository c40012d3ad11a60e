import ChatStore
import Files
import FoundationEssentials
import ObjectStorage
import S3Events
import ServiceEvents
import TestSupport
import Testing
import Uploads

@testable import ConfirmUpload

struct ConfirmUploadTests {
    private let database = StubDatabase()
    private let objects = StubObjects()
    private let file = FileID(uuid: UUID(), type: .text)

    init() {
        database.answer(BeginCheck.self) { _ in [BeginCheck.Row(size: 5)] }
        database.answer(GiveUpCheck.self) { _ in [] }
        database.answer(ConfirmFile.self) { [$0.file.rawValue] }
        database.answer(RejectFile.self) { [$0.file.rawValue] }
        for key in [file.rawValue, file.uploadKey] {
            objects.add(Array("hello".utf8), contentType: "text/plain", at: ObjectAddress(bucket: "files", key: key))
        }
    }

    private var handler: ConfirmUploadHandler {
        ConfirmUploadHandler(
            confirmation: UploadConfirmation(database: database, objects: objects, bucket: "files"),
            bucket: "files"
        )
    }

    private func queue(_ bodies: [String]) -> SQSEvent {
        SQSEvent(records: bodies.enumerated().map { SQSEvent.Record(messageId: "m\($0.offset)", body: $0.element) })
    }

    private func handle(_ bodies: String...) async throws -> [String] {
        try await handler.handle(queue(bodies), context: .test).batchItemFailures.map(\.itemIdentifier)
    }

    private func body(
        _ key: String,
        etag: String? = nil,
        bucket: String = "files",
        event: String = "ObjectCreated:Post",
        time: String? = nil
    ) throws -> String {
        let entity = S3Event.Entity(bucket: .init(name: bucket), object: .init(key: key, eTag: etag))
        let record = S3Event.Record(eventTime: time, eventName: event, s3: entity)
        return String(decoding: try S3Event(records: [record]).json(), as: UTF8.self)
    }

    @Test func confirmsEveryObjectOfABatch() async throws {
        let body = try body(file.uploadKey)
        #expect(try await handle(body, body).isEmpty)
        #expect(database.ran(ConfirmFile.self).map(\.file) == [file, file])
    }

    @Test(
        arguments: [
            // Only the upload counts, not when its event is handled.
            ("2026-11-21T20:59:59.999Z", true), ("2026-11-21T21:00:01.000Z", false),
        ],
        ["ObjectCreated:Post", "ObjectCreated:CompleteMultipartUpload"]
    )
    func rejectsAnUploadThatEndsAfterItsReservation(end: (time: String, isInTime: Bool), event: String) async throws {
        let reservedUntil = try Date("2026-11-21T21:00:00Z", strategy: .iso8601)
        database.answer(BeginCheck.self) { _ in [BeginCheck.Row(size: 5, reservedUntil: reservedUntil)] }
        let key = event.hasSuffix("Post") ? file.uploadKey : file.rawValue
        #expect(try await handle(body(key, event: event, time: end.time)).isEmpty)
        #expect(database.ran(ConfirmFile.self).count == (end.isInTime ? 1 : 0))
        #expect(database.ran(RejectFile.self).count == (end.isInTime ? 0 : 1))
    }

    @Test(arguments: ["ObjectCreated:Put", "ObjectCreated:Copy"])
    func ignoresWhatItStoredItself(event: String) async throws {
        #expect(try await handle(body(file.rawValue, event: event)).isEmpty)
        #expect(database.isUntouched)
    }

    @Test func rejectsAFileThatAFormOfAnEarlierReleaseMayHaveReplaced() async throws {
        #expect(try await handle(body(file.rawValue, event: "ObjectCreated:Post")).isEmpty)
        #expect(database.ran(RejectFile.self).map(\.file) == [file])
        #expect(objects.keys.isEmpty)
    }

    @Test func returnsOnlyFailedMessagesToTheQueue() async throws {
        let good = try body(file.uploadKey)
        #expect(try await handle("{", good, "[]", #"{"Records":[{}]}"#) == ["m0", "m2", "m3"])

        objects.fail(with: ObjectStorageError(.unavailable, "S3 does not respond"))
        #expect(try await handle(good, try body("other")) == ["m0"])
    }

    @Test func ignoresEventsThatAreNotUploadsOfFiles() async throws {
        let test = try Repository.text(of: "Tests/Fixtures/Events/s3-test-event.json")
        let failed = try await handle(
            test,
            try body(file.rawValue, bucket: "other"),
            try body("other"),
            try body(file.rawValue, event: "ObjectRemoved:Delete")
        )
        #expect(failed.isEmpty)
        #expect(database.isUntouched)
    }

    @Test func returnsMessagesToTheQueueWhenTimeRunsOut() async throws {
        var handler = handler
        // The first message takes four seconds.
        handler.now = { [database] in
            Date(timeIntervalSince1970: database.ran(ConfirmFile.self).isEmpty ? 993 : 997)
        }
        var context = LambdaContext.test
        context.deadline = 1_000_000
        let bodies = try [body(file.uploadKey), body(file.uploadKey)]
        let response = try await handler.handle(queue(bodies), context: context)
        #expect(response.batchItemFailures.map(\.itemIdentifier) == ["m1"])
    }
}
