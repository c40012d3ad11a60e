import ChatStore
import FoundationEssentials
import Messages
import Testing
import Uploads

@testable import CreateFile
@testable import ListConversations
@testable import ListMessages
@testable import SendMessage
@testable import SweepFiles

@Suite(.chatDatabase)
struct StatementFileTests {
    private func image() throws -> FileType { try #require(FileType(fileExtension: "jpg")) }

    // MARK: The life of a file

    @Test func findsAnAnnouncedFile() async throws {
        let database = try ChatDatabase.connect()
        let file = FileID.random()
        try await database.announce(file, of: .random)
        let found = try await database.one(FindFile(file: file))
        #expect(found.size == 5)
        #expect(found.state == .announced)
        #expect(try await database.run(FindFile(file: .random())).isEmpty)
    }

    @Test func confirmsAndPublishesAFileOnce() async throws {
        let chat = try await ChatStoreFixture.direct()
        // No other test uses this type.
        let pdf = try #require(FileType(fileExtension: "pdf"))
        let file = try await chat.file(pdf, of: chat.people[0], etag: nil)
        let confirm = ConfirmFile(file: file, etag: "e", uploadETag: "u", size: 5, width: 30, height: 40)

        for _ in 1...2 { #expect(try await chat.database.run(confirm) == [file.rawValue]) }
        #expect(try await chat.database.run(ConfirmFile(file: file, etag: "other", size: 5)).isEmpty)

        #expect(try await chat.database.one(FindFile(file: file)).state == .confirmed(etag: "e", upload: "u"))
        #expect(try await chat.database.one(CountOutboxRows(subject: "blobby.change_feed.file.pdf.created")) == 1)
    }

    @Test func doesNotConfirmAnUnknownOrRejectedFile() async throws {
        let chat = try await ChatStoreFixture.direct()
        #expect(try await chat.database.run(ConfirmFile(file: .random(), etag: "e", size: 5)).isEmpty)

        let file = try await chat.file(of: chat.people[0], etag: nil)
        #expect(try await chat.database.run(RejectFile(file: file, reason: "no text")).count == 1)
        #expect(try await chat.database.run(RejectFile(file: file, reason: "no text")).isEmpty)
        #expect(try await chat.database.run(ConfirmFile(file: file, etag: "e", size: 5)).isEmpty)
        #expect(try await chat.database.one(FindFile(file: file)).state == .rejected)
    }

    @Test func countsChecksAndLetsOneBeginAtATime() async throws {
        let chat = try await ChatStoreFixture.direct()
        let file = try await chat.file(of: chat.people[0], etag: nil)
        let begin = BeginCheck(file: file, duration: 60)
        let row = try await chat.database.one(begin)
        #expect(row.size == 5)
        #expect(row.number == 1)
        #expect((1...61).contains(row.reservedUntil.timeIntervalSinceNow))
        #expect(try await chat.database.run(begin).isEmpty)

        // A check that ended its process.
        let past = "UPDATE file SET checked_until = checked_until - interval '61 seconds' WHERE id = '\(file)'"
        try await chat.database.execute(past)
        #expect(try await chat.database.one(begin).number == 2)
        // One that was given up does not count.
        _ = try await chat.database.run(GiveUpCheck(file: file))
        #expect(try await chat.database.one(begin).number == 2)

        try await chat.database.execute(past)
        _ = try await chat.database.run(ConfirmFile(file: file, etag: "e", size: 5))
        #expect(try await chat.database.run(begin).isEmpty)
        #expect(try await chat.database.run(BeginCheck(file: .random(), duration: 60)).isEmpty)
    }

    @Test func letsOneOfConcurrentChecksBegin() async throws {
        let chat = try await ChatStoreFixture.direct()
        let file = try await chat.file(of: chat.people[0], etag: nil)
        let clients = try (1...8).map { _ in try ChatDatabase.connect() }
        let begun = try await withThrowingTaskGroup { group in
            for client in clients {
                group.addTask { try await client.run(BeginCheck(file: file, duration: 60)).count }
            }
            return try await group.reduce(0, +)
        }
        #expect(begun == 1)
    }

    @Test func sweepsFilesWithoutFailedChecksFirst() async throws {
        let chat = try await ChatStoreFixture.direct()
        let (bad, good) = (
            try await chat.file(of: chat.people[0], etag: nil), try await chat.file(of: chat.people[0], etag: nil)
        )
        _ = try await chat.database.run(BeginCheck(file: bad, duration: 60))
        try await chat.database.execute(
            "UPDATE file SET created_at = now() - interval '3 days' WHERE id IN ('\(bad)', '\(good)')"
        )
        let found = try await chat.database.run(SelectUnconfirmedFiles(age: 86_400, limit: 1_000))
        let places = [good, bad].map { found.firstIndex(of: $0) ?? -1 }
        #expect(places[0] >= 0 && places[0] < places[1])
    }

    @Test func findsOldUnconfirmedFiles() async throws {
        let chat = try await ChatStoreFixture.direct()
        let waiting = try await chat.file(of: chat.people[0], etag: nil)
        let young = try await chat.file(of: chat.people[0], etag: nil)
        let uploaded = try await chat.file(of: chat.people[0])
        try await chat.database.execute(
            "UPDATE file SET created_at = now() - interval '2 days' WHERE id IN ('\(waiting)', '\(uploaded)')"
        )
        let found = try await chat.database.run(SelectUnconfirmedFiles(age: 86_400, limit: 100))
        #expect(found.contains(waiting))
        #expect(!found.contains(young))
        #expect(!found.contains(uploaded))

        #expect(try await chat.database.run(DeleteFile(file: waiting)).count == 1)
        #expect(try await chat.database.run(DeleteFile(file: uploaded)).isEmpty)
        #expect(try await chat.database.run(FindFile(file: waiting)).isEmpty)
    }

    @Test func keepsARejectedFileThatCountsAgainstTheLimits() async throws {
        let chat = try await ChatStoreFixture.direct()
        let file = try await chat.file(of: chat.people[0])
        _ = try await chat.database.run(RejectFile(file: file, reason: "it was replaced"))
        try await chat.database.execute(
            "UPDATE file SET created_at = created_at - interval '25 hours' WHERE id = '\(file)'"
        )
        let statement = SelectUnconfirmedFiles(age: 86_400, limit: 100)
        #expect(try await chat.database.run(statement).contains(file) == false)
        try await chat.database.execute(
            "UPDATE file SET charged_at = charged_at - interval '25 hours' WHERE id = '\(file)'"
        )
        #expect(try await chat.database.run(statement).contains(file))
    }

    @Test func findsKeysThatBelongToNoFile() async throws {
        let chat = try await ChatStoreFixture.direct()
        let file = try await chat.file(of: chat.people[0], etag: nil)
        let keys = [file.rawValue, "other", FileID.random().rawValue]
        #expect(try await chat.database.run(SelectUnknownKeys(keys: keys)) == Array(keys.dropFirst()))
    }

    @Test func storesTheSweepPositionOfABucket() async throws {
        let database = try ChatDatabase.connect()
        #expect(try await database.run(FindSweepPosition(bucket: "files")).isEmpty)
        for key in ["a", "b", nil] {
            _ = try await database.run(SaveSweepPosition(bucket: "files", key: key))
            #expect(try await database.run(FindSweepPosition(bucket: "files")) == [key])
        }
    }

    // MARK: Files of messages

    @Test func attachesFilesInTheirOrder() async throws {
        let chat = try await ChatStoreFixture.direct()
        let (alice, bob) = (chat.people[0], chat.people[1])
        let text = try await chat.file(of: alice, named: "b.txt")
        let photo = try await chat.file(try image(), of: alice, named: "a.jpg")

        let stored = try #require(try await chat.send("", from: alice, attaching: [text, photo]).message)
        let expected = [
            AttachedFile(id: text, size: 5, name: "b.txt"),
            AttachedFile(id: photo, size: 5, name: "a.jpg", width: 30, height: 40),
        ]
        #expect(stored.files == expected)
        try await chat.send("hello", from: alice)
        #expect(try await chat.messages(for: bob).map(\.files) == [expected, []])
    }

    @Test func describesAMessageWithoutTextByTheNamesOfItsFiles() async throws {
        let chat = try await ChatStoreFixture.direct()
        let alice = chat.people[0]
        let files = [try await chat.file(of: alice, named: "b"), try await chat.file(of: alice, named: "a")]

        try await chat.send("", from: alice, attaching: files)
        #expect(try await chat.listed(for: alice)?.latest?.content == "b, a")
        try await chat.send("hello", from: alice, attaching: files)
        #expect(try await chat.listed(for: alice)?.latest?.content == "hello")
    }

    @Test func attachesEitherAllFilesOrNone() async throws {
        let chat = try await ChatStoreFixture.direct()
        let (alice, bob) = (chat.people[0], chat.people[1])
        let good = try await chat.file(of: alice)
        let waiting = try await chat.file(of: alice, etag: nil)
        let foreign = try await chat.file(of: bob)
        let rejected = try await chat.file(of: alice, etag: nil)
        _ = try await chat.database.run(RejectFile(file: rejected, reason: "no text"))

        for (file, known) in [(waiting, 2), (foreign, 1), (.random(), 1), (rejected, 2)] {
            let row = try await chat.send("hello", from: alice, as: "t", attaching: [good, file])
            #expect(row.access == .granted)
            #expect(row.message == nil)
            #expect(row.knownFiles == known)
        }
        #expect(try await chat.database.one(CountMessages(conversation: chat.conversation)) == 0)
        #expect(try await chat.listed(for: alice)?.lastSeq == 0)
        #expect(try await chat.send("hello", from: alice, as: "t", attaching: [good]).message?.seq == 1)
    }

    @Test func answersARepeatedSendRegardlessOfItsAttachments() async throws {
        let chat = try await ChatStoreFixture.direct()
        let alice = chat.people[0]
        let file = try await chat.file(of: alice)
        let first = try #require(try await chat.send(from: alice, as: "t", attaching: [file]).message)
        let again = try #require(try await chat.send(from: alice, as: "t", attaching: [.random()]).message)

        #expect(again.id == first.id)
        #expect(again.recipients.isEmpty)
        #expect(again.files.isEmpty)
        #expect(try await chat.messages(for: alice).map { $0.files.map(\.id) } == [[file]])
    }

    @Test func attachesNothingForAUserWithoutAccess() async throws {
        let chat = try await ChatStoreFixture.direct()
        let stranger = UserID(rawValue: UUID().uuidString)
        let own = try await chat.file(of: stranger)
        let row = try await chat.send(from: stranger, attaching: [own])
        #expect(row.access == .notAParticipant)
        #expect(row.message == nil)

        try await chat.send(from: chat.people[0], attaching: [try await chat.file(of: chat.people[0])])
        #expect(try await chat.messages(for: stranger).isEmpty)
    }

    @Test func hidesAFileThatIsRejectedLater() async throws {
        let chat = try await ChatStoreFixture.direct()
        let alice = chat.people[0]
        let file = try await chat.file(of: alice)
        try await chat.send(from: alice, attaching: [file])
        _ = try await chat.database.run(RejectFile(file: file, reason: "replaced"))
        #expect(try await chat.messages(for: alice).map(\.files) == [[]])
    }
}
