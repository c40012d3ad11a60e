import ChatStore
import Files
import FoundationEssentials
import ObjectStorage
import Redis
import ServiceEvents
import Synchronization
import TestSupport
import Testing
import Uploads

@testable import ConfirmUpload
@testable import SweepFiles

/// Uploads as they come, and what becomes of them.
struct UploadConfirmationTests {
    private let database = StubDatabase()
    private let objects = StubObjects()
    private let redis = StubRedis()
    private let file = FileID(uuid: UUID(), type: .text)

    init() {
        announced(.waiting)
        database.answer(ConfirmFile.self) { _ in [sentAt] }
        database.answer(RejectFile.self) { [$0.file.rawValue] }
        redis.answer(AddToSortedSet.self) { _ in true }
        redis.answer(TrimSortedSet.self) { _ in 0 }
        redis.answer(SortedSetMembers.self) { _ in [] }
        redis.answer(ExpireKey.self) { _ in true }
        redis.answer(SetString.self) { _ in }
        redis.answer(GetString.self) { _ in nil }
    }

    private func announced(_ state: FindFile.Row.State?, size: Int64 = 5) {
        database.answer(FindFile.self) { _ in state.map { [FindFile.Row(owner: "alice", size: size, state: $0)] } ?? []
        }
    }

    private var address: ObjectAddress { ObjectAddress(bucket: "files", key: file.rawValue) }

    private var confirmation: UploadConfirmation {
        UploadConfirmation(
            database: database,
            objects: objects,
            bucket: "files",
            usage: UploadUsage(store: redis, limits: UploadLimits())
        )
    }

    @Test func confirmsWhatIsAsAnnouncedAndCountsIt() async throws {
        objects.add(Array("hello".utf8), contentType: "text/plain", at: address)
        #expect(try await confirmation.confirm(file) == .confirmed)

        let statement = try #require(database.ran(ConfirmFile.self).first)
        #expect(statement.etag == "e")
        #expect(statement.width == nil)
        let upload = try #require(redis.sent(AddToSortedSet.self).first)
        #expect(upload.key == "user:{alice}:uploads")
        #expect(upload.score == sentAt.microseconds / 1000)
        #expect(objects.deleted.isEmpty)
    }

    @Test(
        arguments: [
            ("hell", "text/plain", "it has 4 bytes instead of 5"),
            ("hello!", "text/plain", "it has 6 bytes instead of 5"),
            ("hello", "text/html", "its content type is not text/plain"),
            ("hel\0o", "text/plain", "its content is not text/plain"),
        ]
    )
    func removesWhatIsNot(content: String, contentType: String, reason: String) async throws {
        objects.add(Array(content.utf8), contentType: contentType, at: address)
        #expect(try await confirmation.confirm(file) == .rejected(reason: reason))
        #expect(database.ran(RejectFile.self).map(\.reason) == [reason])
        #expect(objects.deleted == [address])
        #expect(redis.sent.isEmpty)
        #expect(database.ran(ConfirmFile.self).isEmpty)
    }

    @Test func looksAtTheObjectAsItIsNow() async throws {
        #expect(try await confirmation.confirm(file) == .noObject)
        announced(nil)
        objects.add(Array("hello".utf8), contentType: "text/plain", at: address)
        #expect(try await confirmation.confirm(file) == .unknown)
        #expect(objects.deleted.isEmpty)
        #expect(redis.sent.isEmpty)
    }

    @Test func changesNothingTwice() async throws {
        announced(.uploaded(at: sentAt, etag: "e"))
        objects.add(Array("hello".utf8), contentType: "text/plain", at: address)
        for _ in 1...2 { #expect(try await confirmation.confirm(file) == .unchanged) }
        #expect(database.ran(ConfirmFile.self).isEmpty)
        #expect(objects.deleted.isEmpty)
        // The same member of a set, however often.
        #expect(Set(redis.sent(AddToSortedSet.self).map(\.member)).count == 1)
    }

    @Test func removesWhatReplacedAConfirmedFile() async throws {
        announced(.uploaded(at: sentAt, etag: "e"))
        objects.add(Array("other".utf8), contentType: "text/plain", etag: "f", at: address)
        #expect(
            try await confirmation.confirm(file) == .rejected(reason: "it was replaced after it was confirmed")
        )
        #expect(objects.deleted == [address])
    }

    /// A JPEG with a comment.
    private func photo(_ comment: String) -> [UInt8] {
        [0xFF, 0xD8, 0xFF, 0xFE, 0, UInt8(comment.utf8.count + 2)] + Array(comment.utf8)
            + [0xFF, 0xDA, 0, 2, 1, 0xFF, 0xD9]
    }

    @Test func storesAPhotoWithoutItsMetadata() async throws {
        let file = FileID(uuid: UUID(), type: try #require(FileType(fileExtension: "jpg")))
        let address = ObjectAddress(bucket: "files", key: file.rawValue)
        let (sent, kept) = (photo("home"), photo("\0\0\0\0"))
        announced(.waiting, size: Int64(sent.count))
        objects.add(sent, contentType: "image/jpeg", at: address)
        #expect(try await confirmation.confirm(file) == .confirmed)
        #expect(objects.bytes(of: address) == kept)
        let etag = try #require(database.ran(ConfirmFile.self).first).etag
        #expect(etag == (try objects.head(address)?.etag))

        // Its own event comes; a client that did not hear an answer sends the same again; somebody sends another.
        announced(.uploaded(at: sentAt, etag: etag), size: Int64(sent.count))
        #expect(try await confirmation.confirm(file) == .unchanged)
        objects.add(sent, contentType: "image/jpeg", at: address)
        #expect(try await confirmation.confirm(file) == .unchanged)
        #expect(objects.bytes(of: address) == kept)
        objects.add(photo("work!"), contentType: "image/jpeg", at: address)
        #expect(
            try await confirmation.confirm(file) == .rejected(reason: "it was replaced after it was confirmed")
        )
    }

    @Test func removesWhatComesAfterARejection() async throws {
        announced(.rejected)
        objects.add(Array("hello".utf8), contentType: "text/plain", at: address)
        #expect(try await confirmation.confirm(file) == .rejected(reason: "it was rejected before"))
        #expect(objects.deleted == [address])
        #expect(database.ran(RejectFile.self).isEmpty)
    }

    // MARK: ConfirmUpload

    private func event(_ bodies: [String]) -> SQSEvent {
        SQSEvent(records: bodies.enumerated().map { SQSEvent.Record(messageId: "m\($0.offset)", body: $0.element) })
    }

    private func handle(_ bodies: String...) async throws -> [String] {
        try await ConfirmUploadHandler(confirmation: confirmation, bucket: "files")
            .handle(event(bodies), context: .test).batchItemFailures.map(\.itemIdentifier)
    }

    private func body(_ key: String, bucket: String = "files", event: String = "ObjectCreated:Post") throws -> String {
        let entity = S3Event.Entity(bucket: .init(name: bucket), object: .init(key: key))
        return String(decoding: try S3Event(records: [.init(eventName: event, s3: entity)]).json(), as: UTF8.self)
    }

    @Test func confirmsTheObjectsOfABatch() async throws {
        objects.add(Array("hello".utf8), contentType: "text/plain", at: address)
        let body = try body(file.rawValue)
        #expect(try await handle(body, body).isEmpty)
        #expect(database.ran(ConfirmFile.self).map(\.file) == [file, file])
    }

    @Test func givesBackOnlyWhatFailed() async throws {
        objects.add(Array("hello".utf8), contentType: "text/plain", at: address)
        let good = try body(file.rawValue)
        #expect(try await handle("{", good, "[]", #"{"Records":[{}]}"#) == ["m0", "m2", "m3"])

        objects.fail(with: ObjectStorageError(.unavailable, "gone"))
        #expect(try await handle(good, try body("other")) == ["m0"])
    }

    @Test func ignoresWhatIsNoneOfItsConcern() async throws {
        let test = try Repository.text(of: "Tests/Fixtures/Events/s3-test-event.json")
        let bodies = [
            test, try body(file.rawValue, bucket: "other"), try body("other"),
            try body("\(file)", event: "ObjectRemoved:Delete"),
        ]
        #expect(try await handle(bodies[0], bodies[1], bodies[2], bodies[3]).isEmpty)
        #expect(database.isUntouched)
    }

    @Test func leavesToAnotherInvocationWhatThisOneHasNoTimeFor() async throws {
        objects.add(Array("hello".utf8), contentType: "text/plain", at: address)
        let bodies = try [body(file.rawValue), body(file.rawValue)]
        let handler = ConfirmUploadHandler(
            confirmation: confirmation,
            bucket: "files",
            // The first message takes four seconds.
            now: { [database] in
                Date(timeIntervalSince1970: database.ran(ConfirmFile.self).isEmpty ? 993 : 997)
            }
        )
        var context = LambdaContext.test
        context.deadline = 1_000_000
        let response = try await handler.handle(event(bodies), context: context)
        #expect(response.batchItemFailures.map(\.itemIdentifier) == ["m1"])
    }

    @Test func takesNoMoreThanIsAllowedHoweverMuchWasAnnounced() async throws {
        objects.add(Array("hello".utf8), contentType: "text/plain", at: address)
        let full = UploadConfirmation(
            database: database,
            objects: objects,
            bucket: "files",
            usage: UploadUsage(store: redis, limits: UploadLimits(count: 2))
        )
        redis.answer(SortedSetMembers.self) { _ in ["1:5:a"] }
        #expect(try await full.confirm(file) == .confirmed)
        redis.answer(SortedSetMembers.self) { _ in ["1:5:a", "2:5:b"] }
        #expect(try await full.confirm(file) == .rejected(reason: "its owner has uploaded as much as is allowed"))
        #expect(objects.keys.isEmpty)
    }

    // MARK: SweepFiles

    private func sweep() async throws -> Swept {
        let handler = SweepFilesHandler(
            database: database,
            objects: objects,
            confirmation: confirmation,
            store: redis,
            bucket: "files",
            now: { Date(timeIntervalSince1970: 1_000_000) }
        )
        return try await handler.handle(ScheduledEvent(id: "1", time: "2026-11-21T20:39:16Z"), context: .test)
    }

    @Test func forgetsFilesWithoutAnObjectAndConfirmsThoseWithOne() async throws {
        let lost = FileID(uuid: UUID(), type: .text)
        objects.add(
            Array("hello".utf8),
            contentType: "text/plain",
            at: ObjectAddress(bucket: "files", key: lost.rawValue)
        )
        database.answer(SelectWaitingFiles.self) { [file] _ in [file, nil, lost] }
        database.answer(DeleteFile.self) { [$0.file.rawValue] }
        database.answer(SelectUnknownKeys.self) { _ in [] }

        #expect(try await sweep() == Swept(confirmedFiles: 1, deletedFiles: 1))
        #expect(database.ran(DeleteFile.self).map(\.file) == [file])
        #expect(database.ran(SelectWaitingFiles.self).map(\.age) == [86_400])
    }

    @Test func goesOnBehindAFileThatFails() async throws {
        let broken = FileID(uuid: UUID(), type: .text)
        database.answer(FindFile.self) { [file] statement throws(PostgresError) in
            guard statement.file == file else { throw PostgresError(.connectionLost, message: "gone") }
            return [FindFile.Row(owner: "alice", size: 5, state: .waiting)]
        }
        objects.add([], contentType: "", lastModified: .distantPast, at: ObjectAddress(bucket: "files", key: "stray"))
        database.answer(SelectWaitingFiles.self) { [file] _ in [broken, file] }
        database.answer(DeleteFile.self) { [$0.file.rawValue] }
        database.answer(SelectUnknownKeys.self) { $0.keys }
        #expect(try await sweep() == Swept(deletedFiles: 1, failedFiles: 1, deletedObjects: 1))
    }

    @Test func removesOldObjectsThatAreNoFiles() async throws {
        database.answer(SelectWaitingFiles.self) { _ in [] }
        database.answer(SelectUnknownKeys.self) { $0.keys.filter { $0.hasPrefix("stray") } }
        let old = Date(timeIntervalSince1970: 1_000_000 - 86_401)
        let young = Date(timeIntervalSince1970: 1_000_000 - 86_399)
        for (key, time) in [("file", old), ("stray-1", old), ("stray-2", young)] {
            objects.add([], contentType: "", lastModified: time, at: ObjectAddress(bucket: "files", key: key))
        }
        #expect(try await sweep() == Swept(deletedObjects: 1))
        #expect(objects.keys == ["file", "stray-2"])
        #expect(database.ran(SelectUnknownKeys.self).map(\.keys) == [["file", "stray-1"]])
        #expect(redis.sent(SetString.self).map(\.value) == [""])
    }

    @Test func goesOnWhereItStopped() async throws {
        database.answer(SelectWaitingFiles.self) { _ in [] }
        database.answer(SelectUnknownKeys.self) { _ in [] }
        for number in 10_000..<20_500 {
            objects.add([], contentType: "", at: ObjectAddress(bucket: "files", key: "\(number)"))
        }
        _ = try await sweep()
        #expect(redis.sent(SetString.self).map(\.value) == ["19999"])
        redis.answer(GetString.self) { _ in "19999" }
        _ = try await sweep()
        #expect(redis.sent(SetString.self).map(\.value) == ["19999", ""])
        #expect(database.ran(SelectUnknownKeys.self).map(\.keys.count).reduce(0, +) == 10_500)
    }
}
