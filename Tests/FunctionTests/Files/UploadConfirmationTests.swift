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
        store(.announced)
        database.answer(ConfirmFile.self) { [$0.file.rawValue] }
        database.answer(RejectFile.self) { [$0.file.rawValue] }
    }

    private func store(_ state: FindFile.Row.State?, size: Int64 = 5) {
        database.answer(FindFile.self) { _ in state.map { [FindFile.Row(size: size, state: $0)] } ?? [] }
    }

    private var address: ObjectAddress { ObjectAddress(bucket: "files", key: file.rawValue) }

    private var confirmation: UploadConfirmation {
        UploadConfirmation(database: database, objects: objects, bucket: "files")
    }

    // MARK: Announced files

    @Test func confirmsAnObjectThatIsAsAnnounced() async throws {
        objects.add(Array("hello".utf8), contentType: "text/plain", at: address)
        #expect(try await confirmation.confirm(file) == .confirmed)

        let statement = try #require(database.ran(ConfirmFile.self).first)
        #expect(statement.etag == "e")
        #expect(statement.size == 5)
        #expect(statement.width == nil)
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
    func rejectsAnObjectThatIsNotAsAnnounced(content: String, contentType: String, reason: String) async throws {
        objects.add(Array(content.utf8), contentType: contentType, at: address)
        #expect(try await confirmation.confirm(file) == .rejected(reason: reason))
        #expect(database.ran(RejectFile.self).map(\.reason) == [reason])
        #expect(objects.deleted == [address])
        #expect(database.ran(ConfirmFile.self).isEmpty)
    }

    @Test func changesNothingWithoutAnObjectOrAnAnnouncement() async throws {
        #expect(try await confirmation.confirm(file) == .noObject)
        store(nil)
        objects.add(Array("hello".utf8), contentType: "text/plain", at: address)
        #expect(try await confirmation.confirm(file) == .unknown)
        #expect(objects.deleted.isEmpty)
    }

    // MARK: Confirmed and rejected files

    @Test func recognisesTheEventOfAConfirmedContentWithoutARequestToS3() async throws {
        store(.confirmed(etag: "e"))
        objects.add(Array("hello".utf8), contentType: "text/plain", at: address)
        #expect(try await confirmation.confirm(file, notifiedETag: "e") == .unchanged)
        #expect(objects.requests.isEmpty)
        #expect(database.ran(ConfirmFile.self).isEmpty)
    }

    @Test(arguments: [nil, "f"])
    func doesNotDownloadAConfirmedObject(notifiedETag: String?) async throws {
        store(.confirmed(etag: "e"))
        objects.add(Array("hello".utf8), contentType: "text/plain", at: address)
        #expect(try await confirmation.confirm(file, notifiedETag: notifiedETag) == .unchanged)
        #expect(objects.requests == ["head \(file)"])
        #expect(database.ran(ConfirmFile.self).isEmpty)
    }

    @Test func rejectsAConfirmedFileThatIsReplaced() async throws {
        store(.confirmed(etag: "e"))
        objects.add(Array("other".utf8), contentType: "text/plain", etag: "f", at: address)
        let outcome = try await confirmation.confirm(file, notifiedETag: "f")
        #expect(outcome == .rejected(reason: "it was replaced after it was confirmed"))
        #expect(objects.deleted == [address])
    }

    @Test func deletesAnObjectThatIsUploadedAfterARejection() async throws {
        store(.rejected)
        objects.add(Array("hello".utf8), contentType: "text/plain", at: address)
        #expect(try await confirmation.confirm(file) == .rejected(reason: "it was rejected before"))
        #expect(objects.requests == ["delete \(file)"])
        #expect(database.ran(RejectFile.self).isEmpty)
    }

    // MARK: Concurrent confirmations

    /// Another invocation changes the state between this one's reading of the object and its confirmation.
    private func change(to state: FindFile.Row.State?) {
        database.answer(ConfirmFile.self) { [database] _ in
            database.answer(FindFile.self) { _ in state.map { [FindFile.Row(size: 5, state: $0)] } ?? [] }
            return []
        }
    }

    @Test func rejectsAReplacementIfAnotherInvocationConfirmsThePreviousContent() async throws {
        change(to: .confirmed(etag: "a"))
        objects.add(Array("other".utf8), contentType: "text/plain", etag: "b", at: address)
        let outcome = try await confirmation.confirm(file, notifiedETag: "b")
        #expect(outcome == .rejected(reason: "it was replaced after it was confirmed"))
        #expect(database.ran(RejectFile.self).map(\.file) == [file])
        #expect(objects.deleted == [address])
    }

    @Test func changesNothingIfAnotherInvocationConfirmsTheSameContent() async throws {
        change(to: .confirmed(etag: "e"))
        objects.add(Array("hello".utf8), contentType: "text/plain", at: address)
        #expect(try await confirmation.confirm(file) == .unchanged)
        #expect(objects.deleted.isEmpty)
    }

    @Test func followsAnotherInvocationThatRejectsOrDeletesTheFile() async throws {
        change(to: .rejected)
        objects.add(Array("hello".utf8), contentType: "text/plain", at: address)
        #expect(try await confirmation.confirm(file) == .rejected(reason: "it was rejected before"))
        #expect(objects.deleted == [address])

        store(.announced)
        change(to: nil)
        objects.add(Array("hello".utf8), contentType: "text/plain", at: address)
        #expect(try await confirmation.confirm(file) == .unknown)
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
        let (sent, kept) = (photo("home"), photo("\0\0\0\0"))
        store(.announced, size: Int64(sent.count))
        objects.add(sent, contentType: "image/jpeg", at: address)
        #expect(try await confirmation.confirm(file, notifiedETag: "e") == .confirmed)
        #expect(objects.bytes(of: address) == kept)
        let etag = try #require(database.ran(ConfirmFile.self).first).etag
        #expect(etag == (try objects.head(address)?.etag))

        // The event of the cleaned photo.
        store(.confirmed(etag: etag), size: Int64(sent.count))
        let requests = objects.requests
        #expect(try await confirmation.confirm(file, notifiedETag: etag) == .unchanged)
        #expect(objects.requests == requests)

        // A client that got no response sends the same photo again.
        objects.add(sent, contentType: "image/jpeg", at: address)
        #expect(try await confirmation.confirm(file, notifiedETag: "e") == .unchanged)
        #expect(objects.bytes(of: address) == kept)

        objects.add(photo("work!"), contentType: "image/jpeg", at: address)
        let outcome = try await confirmation.confirm(file, notifiedETag: "e")
        #expect(outcome == .rejected(reason: "it was replaced after it was confirmed"))
    }
}
