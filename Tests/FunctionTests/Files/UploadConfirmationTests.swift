import ChatStore
import Files
import FoundationEssentials
import ObjectStorage
import TestSupport
import Testing
import Uploads

struct UploadConfirmationTests {
    private let database = StubDatabase()
    private let objects = StubObjects()
    private let file = FileID(uuid: UUID(), type: .text)

    init() {
        announce()
        database.answer(ConfirmFile.self) { [$0.file.rawValue] }
        database.answer(RejectFile.self) { [$0.file.rawValue] }
        database.answer(GiveUpCheck.self) { _ in [] }
    }

    private func announce(size: Int64 = 5, until end: Date = .distantFuture, check number: Int = 1) {
        database.answer(BeginCheck.self) { _ in
            [BeginCheck.Row(size: size, reservedUntil: end, number: number)]
        }
    }

    private func store(_ state: FindFile.Row.State?) {
        database.answer(BeginCheck.self) { _ in [] }
        database.answer(FindFile.self) { _ in state.map { [FindFile.Row(size: 5, state: $0)] } ?? [] }
    }

    private var address: ObjectAddress { ObjectAddress(bucket: "files", key: file.rawValue) }
    private var form: ObjectAddress { ObjectAddress(bucket: "files", key: file.uploadKey) }

    private func upload(_ text: String, contentType: String = "text/plain", etag: String = "e") {
        objects.add(Array(text.utf8), contentType: contentType, etag: etag, at: form)
    }

    private var confirmation: UploadConfirmation {
        UploadConfirmation(database: database, objects: objects, bucket: "files")
    }

    // MARK: Announced files

    @Test func movesAnObjectThatIsAsAnnouncedToAKeyThatNoFormReaches() async throws {
        upload("hello")
        #expect(try await confirmation.confirm(file) == .confirmed)

        let statement = try #require(database.ran(ConfirmFile.self).first)
        #expect(statement.etag == "e")
        #expect(statement.uploadETag == "e")
        #expect(statement.size == 5)
        #expect(statement.width == nil)
        #expect(objects.keys == [file.rawValue])
        #expect(objects.bytes(of: address) == Array("hello".utf8))
    }

    @Test func confirmsAnUploadInPartsWhereItIs() async throws {
        objects.add(Array("hello".utf8), contentType: "text/plain", at: address)
        #expect(try await confirmation.confirm(file) == .confirmed)
        #expect(try #require(database.ran(ConfirmFile.self).first).uploadETag == nil)
        #expect(objects.deleted.isEmpty)
    }

    @Test(
        arguments: [
            ("hell", "text/plain", "it has 4 bytes instead of 5"),
            ("hello!", "text/plain", "it has 6 bytes instead of 5"),
            ("hello", "text/html", "its content type is not text/plain"),
            ("hel\0o", "text/plain", "its content is not text/plain"),
        ],
        [true, false]
    )
    func rejectsAnObjectThatIsNotAsAnnounced(
        object: (content: String, contentType: String, reason: String),
        isForm: Bool
    ) async throws {
        objects.add(Array(object.content.utf8), contentType: object.contentType, at: isForm ? form : address)
        #expect(try await confirmation.confirm(file) == .rejected(reason: object.reason))
        #expect(database.ran(RejectFile.self).map(\.reason) == [object.reason])
        #expect(database.ran(RejectFile.self).map(\.isCharged) == [false])
        #expect(objects.keys.isEmpty)
        #expect(database.ran(ConfirmFile.self).isEmpty)
    }

    @Test func rejectsAnUploadThatEndedAfterItsReservation() async throws {
        announce(until: Date(timeIntervalSince1970: 100))
        upload("hello")
        #expect(try await confirmation.confirm(file, uploadTime: Date(timeIntervalSince1970: 99)) == .confirmed)
        upload("hello")
        let outcome = try await confirmation.confirm(file, uploadTime: Date(timeIntervalSince1970: 101))
        #expect(outcome == .rejected(reason: "it was uploaded after its reservation had expired"))
    }

    @Test func changesNothingWithoutAnObjectOrAnAnnouncement() async throws {
        #expect(try await confirmation.confirm(file) == .noObject)
        #expect(database.ran(GiveUpCheck.self).count == 1)
        store(nil)
        upload("hello")
        #expect(try await confirmation.confirm(file) == .unknown)
        #expect(objects.deleted.isEmpty)
    }

    // MARK: Checks that do not end

    @Test func rejectsAFileUnreadAfterChecksThatDidNotEnd() async throws {
        announce(check: UploadConfirmation.maximumChecks + 1)
        upload("hello")
        let outcome = try await confirmation.confirm(file)
        #expect(outcome == .rejected(reason: "it could not be checked in 3 attempts"))
        #expect(database.ran(RejectFile.self).map(\.isCharged) == [true])
        #expect(objects.requests.allSatisfy { $0.hasPrefix("delete ") })
    }

    @Test func doesNotCountAFailureOfAService() async throws {
        upload("hello")
        objects.fail(with: ObjectStorageError(.unavailable, "S3 does not respond"))
        await #expect(throws: ObjectStorageError.self) { try await confirmation.confirm(file) }
        #expect(database.ran(GiveUpCheck.self).count == 1)
        #expect(database.ran(RejectFile.self).isEmpty)
    }

    @Test func leavesAFileAloneThatAnotherProcessChecks() async throws {
        store(.announced)
        upload("hello")
        #expect(try await confirmation.confirm(file) == .busy)
        #expect(objects.requests.isEmpty)
    }

    // MARK: Confirmed and rejected files

    @Test func neverReadsAConfirmedObjectAgain() async throws {
        store(.confirmed(etag: "e", upload: "e"))
        objects.add(Array("hello".utf8), contentType: "text/plain", at: address)
        #expect(try await confirmation.confirm(file) == .unchanged)
        #expect(objects.requests == ["head \(file.uploadKey)"])
    }

    @Test func removesARepeatedUpload() async throws {
        store(.confirmed(etag: "e", upload: "e"))
        objects.add(Array("hello".utf8), contentType: "text/plain", at: address)
        upload("hello")
        #expect(try await confirmation.confirm(file) == .unchanged)
        #expect(objects.keys == [file.rawValue])
    }

    @Test(arguments: ["e", nil])
    func rejectsAConfirmedFileThatIsReplaced(confirmed etag: String?) async throws {
        store(.confirmed(etag: "e", upload: etag))
        objects.add(Array("hello".utf8), contentType: "text/plain", at: address)
        upload("other", etag: "f")
        let outcome = try await confirmation.confirm(file)
        #expect(outcome == .rejected(reason: "it was replaced after it was confirmed"))
        #expect(objects.keys.isEmpty)
    }

    @Test func deletesAnObjectThatIsUploadedAfterARejection() async throws {
        store(.rejected)
        upload("hello")
        #expect(try await confirmation.confirm(file) == .rejected(reason: "it was rejected before"))
        #expect(objects.keys.isEmpty)
        #expect(database.ran(RejectFile.self).isEmpty)
    }

    // MARK: Races

    /// An earlier attempt stored content and failed before it was confirmed; another upload has followed.
    @Test func confirmsWhatIsStoredAndNotWhatTheFormHolds() async throws {
        objects.add(Array("first".utf8), contentType: "text/plain", etag: "1", at: address)
        upload("other", etag: "2")
        #expect(try await confirmation.confirm(file) == .confirmed)
        #expect(try #require(database.ran(ConfirmFile.self).first).etag == "1")
        #expect(objects.bytes(of: address) == Array("first".utf8))
    }

    @Test(arguments: [FindFile.Row.State.rejected, nil])
    func followsAnotherProcessThatRejectsOrDeletesTheFile(state: FindFile.Row.State?) async throws {
        database.answer(ConfirmFile.self) { _ in [] }
        database.answer(FindFile.self) { _ in state.map { [FindFile.Row(size: 5, state: $0)] } ?? [] }
        upload("hello")
        let outcome = try await confirmation.confirm(file)
        #expect(outcome == (state == nil ? .unknown : .rejected(reason: "it was rejected before")))
        if state != nil { #expect(objects.keys.isEmpty) }
    }

    // MARK: Images

    /// A JPEG with a comment.
    private func photo(_ comment: String) -> [UInt8] {
        [0xFF, 0xD8, 0xFF, 0xFE, 0, UInt8(comment.utf8.count + 2)] + Array(comment.utf8)
            + [0xFF, 0xDA, 0, 2, 1, 0xFF, 0xD9]
    }

    @Test func storesAPhotoWithoutItsMetadata() async throws {
        let file = FileID(uuid: UUID(), type: try #require(FileType(fileExtension: "jpg")))
        let address = ObjectAddress(bucket: "files", key: file.rawValue)
        let sent = photo("home")
        announce(size: Int64(sent.count))
        objects.add(sent, contentType: "image/jpeg", at: ObjectAddress(bucket: "files", key: file.uploadKey))
        #expect(try await confirmation.confirm(file) == .confirmed)
        #expect(objects.bytes(of: address) == photo("\0\0\0\0"))
        #expect(objects.keys == [file.rawValue])
        let statement = try #require(database.ran(ConfirmFile.self).first)
        #expect(statement.etag == (try objects.head(address)?.etag))
        #expect(statement.uploadETag == "e")
    }

    @Test(.timeLimit(.minutes(1))) func chargesForAnImageWhoseMetadataIsEndless() async throws {
        let file = FileID(uuid: UUID(), type: try #require(FileType(fileExtension: "png")))
        let chunk: [UInt8] = [0, 0, 0, 1] + Array("tEXt".utf8) + [0, 0, 0, 0, 0]
        var image = [0x89] + Array("PNG\r\n\u{1A}\n".utf8)
        for _ in 0..<450_000 { image += chunk }
        announce(size: Int64(image.count))
        objects.add(image, contentType: "image/png", at: ObjectAddress(bucket: "files", key: file.uploadKey))
        #expect(try await confirmation.confirm(file) == .rejected(reason: "erasing its metadata would take too long"))
        #expect(database.ran(RejectFile.self).map(\.isCharged) == [true])
        #expect(objects.keys.isEmpty)
    }
}
