import ChatStore
import Files
import FoundationEssentials
import ObjectStorage
import ServiceEvents
import TestSupport
import Testing
import Uploads

@testable import SweepFiles

struct SweepFilesTests {
    private let database = StubDatabase()
    private let objects = StubObjects()
    private let file = FileID(uuid: UUID(), type: .text)

    init() {
        database.answer(BeginCheck.self) { _ in [BeginCheck.Row(size: 5)] }
        database.answer(GiveUpCheck.self) { _ in [] }
        database.answer(ConfirmFile.self) { [$0.file.rawValue] }
        database.answer(DeleteFile.self) { [$0.file.rawValue] }
        database.answer(SelectUnconfirmedFiles.self) { _ in [] }
        database.answer(SelectUnknownKeys.self) { _ in [] }
        database.answer(FindAnyFile.self) { _ in [true] }
        database.answer(FindSweepPosition.self) { _ in [] }
        database.answer(SaveSweepPosition.self) { _ in [] }
    }

    private func sweep(
        deadline: Int64 = .max,
        shuffle: @escaping @Sendable ([FileID]) -> [FileID] = { $0 }
    ) async throws -> SweepReport {
        let handler = SweepFilesHandler(
            database: database,
            objects: objects,
            confirmation: UploadConfirmation(database: database, objects: objects, bucket: "files"),
            bucket: "files",
            now: { Date(timeIntervalSince1970: 1_000_000) },
            shuffle: shuffle
        )
        var context = LambdaContext.test
        context.deadline = deadline
        return try await handler.handle(ScheduledEvent(id: "1", time: "2026-11-21T20:39:16Z"), context: context)
    }

    private func add(_ key: String, content: String = "", lastModified: Date = .distantPast) {
        objects.add(
            Array(content.utf8),
            contentType: "text/plain",
            lastModified: lastModified,
            at: ObjectAddress(bucket: "files", key: key)
        )
    }

    @Test func deletesFilesWithoutAnObjectAndConfirmsTheOthers() async throws {
        let uploaded = FileID(uuid: UUID(), type: .text)
        add(uploaded.rawValue, content: "hello")
        database.answer(SelectUnconfirmedFiles.self) { [file] _ in [file, nil, uploaded] }

        #expect(try await sweep() == SweepReport(confirmedFiles: 1, deletedFiles: 1))
        #expect(database.ran(DeleteFile.self).map(\.file) == [file])
        #expect(database.ran(SelectUnconfirmedFiles.self).map(\.age) == [86_400])
    }

    @Test func continuesAfterAFileThatFails() async throws {
        let broken = FileID(uuid: UUID(), type: .text)
        database.answer(BeginCheck.self) { [file] statement throws(PostgresError) in
            guard statement.file == file else { throw PostgresError(.connectionLost, message: "the server is gone") }
            return [BeginCheck.Row(size: 5)]
        }
        add("stray")
        database.answer(SelectUnconfirmedFiles.self) { [file] _ in [broken, file] }
        database.answer(SelectUnknownKeys.self) { $0.keys }
        #expect(try await sweep() == SweepReport(deletedFiles: 1, failedFiles: 1, deletedObjects: 1))
    }

    @Test func startsWithAnotherFileEachTime() async throws {
        let files = (0..<5).map { _ in FileID(uuid: UUID(), type: .text) }
        database.answer(SelectUnconfirmedFiles.self) { _ in files }
        _ = try await sweep { $0.reversed() }
        #expect(database.ran(BeginCheck.self).map(\.file) == files.reversed())
        // Without a test's order, the order is random.
        let handler = SweepFilesHandler(
            database: database,
            objects: objects,
            confirmation: UploadConfirmation(database: database, objects: objects, bucket: "files"),
            bucket: "files"
        )
        let orders = Set((0..<40).map { _ in handler.shuffle(files) })
        #expect(orders.count > 5)
    }

    @Test func endsBeforeTheInvocationTimesOut() async throws {
        database.answer(SelectUnconfirmedFiles.self) { [file] _ in [file] }
        add("stray")
        _ = try await sweep(deadline: 1_000_000_000 + SweepFilesHandler.timeForAFile)
        #expect(database.ran(BeginCheck.self).isEmpty)
        #expect(objects.requests.isEmpty)
        #expect(try await sweep(deadline: 1_000_000_001 + SweepFilesHandler.timeForAFile).deletedFiles == 1)
    }

    @Test func rejectsAndDeletesAFileThatCannotBeChecked() async throws {
        database.answer(BeginCheck.self) { _ in [BeginCheck.Row(size: 5, number: 4)] }
        database.answer(RejectFile.self) { [$0.file.rawValue] }
        database.answer(SelectUnconfirmedFiles.self) { [file] _ in [file] }
        add(file.uploadKey, content: "hello")
        #expect(try await sweep().deletedFiles == 1)
        #expect(objects.requests.allSatisfy { !$0.hasPrefix("get ") })
        #expect(objects.keys.isEmpty)
    }

    @Test func deletesOldUploadsOfFormsWithoutAskingTheDatabase() async throws {
        let old = Date(timeIntervalSince1970: 1_000_000 - 86_401)
        let young = Date(timeIntervalSince1970: 1_000_000 - 86_399)
        add(file.uploadKey, lastModified: old)
        add("incoming/\(UUID()).txt", lastModified: young)
        #expect(try await sweep() == SweepReport(deletedObjects: 1))
        #expect(objects.deleted.map(\.key) == [file.uploadKey])
        #expect(database.ran(SelectUnknownKeys.self).isEmpty)
    }

    @Test func deletesOldObjectsThatBelongToNoFile() async throws {
        database.answer(SelectUnknownKeys.self) { $0.keys.filter { $0.hasPrefix("stray") } }
        let old = Date(timeIntervalSince1970: 1_000_000 - 86_401)
        let young = Date(timeIntervalSince1970: 1_000_000 - 86_399)
        for (key, time) in [("file", old), ("stray-1", old), ("stray-2", young)] { add(key, lastModified: time) }

        #expect(try await sweep() == SweepReport(deletedObjects: 1))
        #expect(objects.keys == ["file", "stray-2"])
        #expect(database.ran(SelectUnknownKeys.self).map(\.keys) == [["file", "stray-1", "stray-2"]])
        #expect(database.ran(SaveSweepPosition.self).map(\.key) == [nil])
    }

    @Test func continuesWhereThePreviousRunStopped() async throws {
        for number in 10_000..<20_500 { add("\(number)") }
        _ = try await sweep()
        #expect(database.ran(SaveSweepPosition.self).map(\.key) == ["19999"])

        database.answer(FindSweepPosition.self) { _ in ["19999"] }
        _ = try await sweep()
        #expect(database.ran(SaveSweepPosition.self).map(\.key) == ["19999", nil])
        #expect(database.ran(SelectUnknownKeys.self).map(\.keys.count).reduce(0, +) == 10_500)
    }

    // MARK: A database of another deployment

    @Test func deletesNoObjectIfThereAreNoFiles() async throws {
        database.answer(SelectUnknownKeys.self) { $0.keys }
        database.answer(FindAnyFile.self) { _ in [false] }
        add("stray")
        #expect(try await sweep() == SweepReport())
        #expect(objects.keys == ["stray"])
        #expect(database.ran(SaveSweepPosition.self).isEmpty)
    }

    @Test func deletesNoObjectOfAFullPageThatTheDatabaseDoesNotKnow() async throws {
        database.answer(SelectUnknownKeys.self) { $0.keys }
        for number in 1_000..<2_000 { add("\(number)") }
        #expect(try await sweep() == SweepReport())
        #expect(objects.keys.count == 1_000)

        database.answer(SelectUnknownKeys.self) { $0.keys.filter { $0 != "1500" } }
        #expect(try await sweep() == SweepReport(deletedObjects: 999))
        #expect(objects.keys == ["1500"])
    }
}
