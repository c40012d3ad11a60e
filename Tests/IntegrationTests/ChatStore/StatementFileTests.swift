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

    // MARK: A file's life

    @Test func announcesAFileOnce() async throws {
        let database = try ChatDatabase.connect()
        let statement = InsertFile(id: .random(), owner: "alice", fileName: "a.txt", size: 5)
        for _ in 1...2 { _ = try await database.run(statement) }
        #expect(
            try await database.run(FindFile(file: statement.id)) == [
                FindFile.Row(owner: "alice", size: 5, state: .waiting)
            ]
        )
        #expect(try await database.run(FindFile(file: .random())).isEmpty)
    }

    @Test func confirmsAFileOnceAndPublishesThatOnce() async throws {
        let chat = try await ChatStoreFixture.direct()
        // No other test has one of this type.
        let pdf = try #require(FileType(fileExtension: "pdf"))
        let file = try await chat.file(pdf, of: chat.people[0], etag: nil)
        let confirm = ConfirmFile(file: file, etag: "e", width: 30, height: 40)

        let first = try await chat.database.run(confirm)
        #expect(first.count == 1)
        #expect(try await chat.database.run(confirm) == first)
        #expect(try await chat.database.run(ConfirmFile(file: file, etag: "other")).isEmpty)

        let row = try await chat.database.one(FindFile(file: file))
        #expect(row.state == .uploaded(at: first[0], etag: "e"))
        #expect(try await chat.database.one(CountOutboxRows(subject: "blobby.change_feed.file.pdf.created")) == 1)
    }

    @Test func confirmsNothingThatIsUnknownOrRejected() async throws {
        let chat = try await ChatStoreFixture.direct()
        #expect(try await chat.database.run(ConfirmFile(file: .random(), etag: "e")).isEmpty)

        let file = try await chat.file(of: chat.people[0], etag: nil)
        #expect(try await chat.database.run(RejectFile(file: file, reason: "no text")).count == 1)
        #expect(try await chat.database.run(RejectFile(file: file, reason: "no text")).isEmpty)
        #expect(try await chat.database.run(ConfirmFile(file: file, etag: "e")).isEmpty)
        #expect(try await chat.database.one(FindFile(file: file)).state == .rejected)
    }

    @Test func findsFilesThatWaitForTooLong() async throws {
        let chat = try await ChatStoreFixture.direct()
        let waiting = try await chat.file(of: chat.people[0], etag: nil)
        let young = try await chat.file(of: chat.people[0], etag: nil)
        let uploaded = try await chat.file(of: chat.people[0])
        try await chat.database.execute(
            "UPDATE file SET created_at = now() - interval '2 days' WHERE id IN ('\(waiting)', '\(uploaded)')"
        )
        let found = try await chat.database.run(SelectWaitingFiles(age: 86_400, limit: 100))
        #expect(found.contains(waiting))
        #expect(!found.contains(young))
        #expect(!found.contains(uploaded))

        #expect(try await chat.database.run(DeleteFile(file: waiting)).count == 1)
        #expect(try await chat.database.run(DeleteFile(file: uploaded)).isEmpty)
        #expect(try await chat.database.run(FindFile(file: waiting)).isEmpty)
    }

    @Test func tellsKeysOfNoFile() async throws {
        let chat = try await ChatStoreFixture.direct()
        let file = try await chat.file(of: chat.people[0], etag: nil)
        let keys = [file.rawValue, "other", FileID.random().rawValue]
        #expect(try await chat.database.run(SelectUnknownKeys(keys: keys)) == Array(keys.dropFirst()))
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

    @Test func describesAMessageWithoutWordsByTheNamesOfItsFiles() async throws {
        let chat = try await ChatStoreFixture.direct()
        let alice = chat.people[0]
        let files = [try await chat.file(of: alice, named: "b"), try await chat.file(of: alice, named: "a")]

        try await chat.send("", from: alice, attaching: files)
        #expect(try await chat.listed(for: alice)?.latest?.content == "b, a")
        try await chat.send("hello", from: alice, attaching: files)
        #expect(try await chat.listed(for: alice)?.latest?.content == "hello")
    }

    @Test func attachesNothingUnlessAllOfItCanBe() async throws {
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

    @Test func answersARepeatedSendWhateverItAttaches() async throws {
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

    @Test func givesAStrangerNoFile() async throws {
        let chat = try await ChatStoreFixture.direct()
        let stranger = UserID(rawValue: UUID().uuidString)
        let own = try await chat.file(of: stranger)
        let row = try await chat.send(from: stranger, attaching: [own])
        #expect(row.access == .notAParticipant)
        #expect(row.message == nil)

        try await chat.send(from: chat.people[0], attaching: [try await chat.file(of: chat.people[0])])
        #expect(try await chat.messages(for: stranger).isEmpty)
    }

    @Test func showsAFileNoLongerThatWasRejected() async throws {
        let chat = try await ChatStoreFixture.direct()
        let alice = chat.people[0]
        let file = try await chat.file(of: alice)
        try await chat.send(from: alice, attaching: [file])
        _ = try await chat.database.run(RejectFile(file: file, reason: "replaced"))
        #expect(try await chat.messages(for: alice).map(\.files) == [[]])
    }
}
