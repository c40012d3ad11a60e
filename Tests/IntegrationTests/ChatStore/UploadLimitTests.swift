import ChatStore
import Files
import FoundationEssentials
import Testing
import Uploads

@testable import CreateFile
@testable import Postgres
@testable import SweepFiles

@Suite(.chatDatabase)
struct UploadLimitTests {
    private let owner = UserID.random

    private func announce(
        _ file: FileID = .random(),
        of owner: UserID? = nil,
        size: Int64 = 5,
        reservation: Int = 60,
        within limits: UploadLimits
    ) async throws -> AnnounceFile.Row {
        try await ChatDatabase.connect().announce(
            file,
            of: owner ?? self.owner,
            size: size,
            reservation: reservation,
            limits: limits
        )
    }

    /// Expects a refusal with a retry delay in seconds, minus the few seconds that the test has taken.
    private func expectRefusal(
        _ row: AnnounceFile.Row,
        retryAfter seconds: Int,
        at location: SourceLocation = #_sourceLocation
    ) {
        guard case .limitReached(let retryAfter) = row else {
            Issue.record("the file was announced", sourceLocation: location)
            return
        }
        #expect((max(1, seconds - 10)...seconds).contains(retryAfter), sourceLocation: location)
    }

    private func move(_ file: FileID, bySeconds seconds: Int) async throws {
        try await ChatDatabase.connect().execute(
            """
            UPDATE file
            SET reserved_until = reserved_until + \(seconds) * interval '1 second',
                uploaded_at = uploaded_at + \(seconds) * interval '1 second',
                charged_at = charged_at + \(seconds) * interval '1 second'
            WHERE id = '\(file)'
            """
        )
    }

    // MARK: Limits

    @Test func limitsTheNumberOfAnnouncedFiles() async throws {
        let limits = UploadLimits(count: 2)
        for _ in 1...2 { #expect(try await announce(within: limits) == .announced) }
        expectRefusal(try await announce(within: limits), retryAfter: 60)
        #expect(try await announce(of: .random, within: limits) == .announced)
    }

    @Test func limitsTheBytesOfAnnouncedFiles() async throws {
        let limits = UploadLimits(bytes: 20)
        #expect(try await announce(size: 15, within: limits) == .announced)
        expectRefusal(try await announce(size: 6, within: limits), retryAfter: 60)
        #expect(try await announce(size: 5, within: limits) == .announced)
        expectRefusal(try await announce(size: 1, within: limits), retryAfter: 60)
    }

    @Test func storesNothingForARefusedFile() async throws {
        let file = FileID.random()
        #expect(try await announce(within: UploadLimits(count: 1)) == .announced)
        expectRefusal(try await announce(file, within: UploadLimits(count: 1)), retryAfter: 60)
        #expect(try await ChatDatabase.connect().run(FindFile(file: file)).isEmpty)
    }

    @Test func saysWhenEnoughFilesStopCounting() async throws {
        let limits = UploadLimits(count: 3, bytes: 30)
        for (size, reservation) in [(10, 100), (10, 200), (10, 300)] {
            #expect(try await announce(size: Int64(size), reservation: reservation, within: limits) == .announced)
        }
        expectRefusal(try await announce(size: 10, within: limits), retryAfter: 100)
        expectRefusal(try await announce(size: 11, within: limits), retryAfter: 200)
        expectRefusal(try await announce(size: 30, within: limits), retryAfter: 300)
    }

    @Test func acceptsARepeatedAnnouncementOfTheSameFile() async throws {
        let file = FileID.random()
        for _ in 1...2 { #expect(try await announce(file, within: UploadLimits(count: 1)) == .announced) }
        expectRefusal(try await announce(within: UploadLimits(count: 1)), retryAfter: 60)
    }

    // MARK: Races

    @Test(.serialized, arguments: [UploadLimits(count: 5), UploadLimits(bytes: 29)])
    func enforcesTheLimitsForConcurrentAnnouncements(limits: UploadLimits) async throws {
        let clients = try (1...20).map { _ in try ChatDatabase.connect() }
        let rows = try await withThrowingTaskGroup { group in
            for client in clients {
                group.addTask { try await client.announce(.random(), of: owner, limits: limits) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(rows.count { $0 == .announced } == 5)
        let stored = try await clients[0].one(CountFiles(owner: owner))
        #expect(stored == 5)
    }

    @Test func failsSoonIfAnotherAnnouncementOfTheSameOwnerTakesLong() async throws {
        let other = try ChatDatabase.connect()
        try await other.execute("SELECT pg_advisory_lock(1, hashtext('\(owner.rawValue)'))")
        let error = await #expect(throws: PostgresError.self) { try await announce(within: UploadLimits()) }
        #expect(error?.isLockTimeout == true)
        #expect(try await announce(of: .random, within: UploadLimits()) == .announced)

        try await other.execute("SELECT pg_advisory_unlock_all()")
        #expect(try await announce(within: UploadLimits()) == .announced)
    }

    // MARK: Reservations

    @Test func freesAReservationThatExpires() async throws {
        let file = FileID.random()
        #expect(try await announce(file, within: UploadLimits(count: 1)) == .announced)
        try await move(file, bySeconds: -61)
        #expect(try await announce(within: UploadLimits(count: 1)) == .announced)
    }

    @Test func freesAReservationThatIsReleased() async throws {
        let file = FileID.random()
        #expect(try await announce(file, within: UploadLimits(count: 1)) == .announced)
        _ = try await ChatDatabase.connect().run(ReleaseReservation(file: file))
        #expect(try await announce(within: UploadLimits(count: 1)) == .announced)
    }

    @Test func countsAConfirmedFileForTheLengthOfTheWindow() async throws {
        let (file, limits) = (FileID.random(), UploadLimits(count: 1, window: 1_000))
        #expect(try await announce(file, within: limits) == .announced)
        _ = try await ChatDatabase.connect().run(ConfirmFile(file: file, etag: "e", size: 5))
        expectRefusal(try await announce(within: limits), retryAfter: 1_000)

        // Longer than the reservation.
        try await move(file, bySeconds: -900)
        expectRefusal(try await announce(within: limits), retryAfter: 100)
        try await move(file, bySeconds: -101)
        #expect(try await announce(within: limits) == .announced)
    }

    @Test func chargesAConfirmedFileWithItsRealSize() async throws {
        let (file, limits) = (FileID.random(), UploadLimits(bytes: 10))
        #expect(try await announce(file, size: 8, within: limits) == .announced)
        _ = try await ChatDatabase.connect().run(ConfirmFile(file: file, etag: "e", size: 4))
        expectRefusal(try await announce(size: 7, within: limits), retryAfter: 86_400)
        #expect(try await announce(size: 6, within: limits) == .announced)
    }

    @Test func countsARejectedFileUntilItsReservationExpires() async throws {
        let (file, limits) = (FileID.random(), UploadLimits(count: 1))
        #expect(try await announce(file, within: limits) == .announced)
        _ = try await ChatDatabase.connect().run(RejectFile(file: file, reason: "it is not text"))
        expectRefusal(try await announce(within: limits), retryAfter: 60)
        try await move(file, bySeconds: -61)
        #expect(try await announce(within: limits) == .announced)
    }

    @Test func countsAConfirmedFileThatIsRejectedForTheLengthOfTheWindow() async throws {
        let (file, limits) = (FileID.random(), UploadLimits(count: 1, window: 1_000))
        #expect(try await announce(file, within: limits) == .announced)
        _ = try await ChatDatabase.connect().run(ConfirmFile(file: file, etag: "e", size: 5))
        _ = try await ChatDatabase.connect().run(RejectFile(file: file, reason: "it was replaced"))
        expectRefusal(try await announce(within: limits), retryAfter: 1_000)

        // Longer than the reservation.
        try await move(file, bySeconds: -900)
        expectRefusal(try await announce(within: limits), retryAfter: 100)
        try await move(file, bySeconds: -101)
        #expect(try await announce(within: limits) == .announced)
    }

    @Test func countsAFileThatCouldNotBeCheckedForTheLengthOfTheWindow() async throws {
        let (file, limits) = (FileID.random(), UploadLimits(count: 1, window: 1_000))
        #expect(try await announce(file, within: limits) == .announced)
        let rejection = RejectFile(file: file, reason: "it could not be checked", isCharged: true)
        _ = try await ChatDatabase.connect().run(rejection)
        expectRefusal(try await announce(within: limits), retryAfter: 1_000)
    }

    @Test func countsARejectedFileAsLongAsItsFormCanBeUsed() async throws {
        let (file, limits) = (FileID.random(), UploadLimits(count: 1, window: 10))
        #expect(try await announce(file, reservation: 100, within: limits) == .announced)
        _ = try await ChatDatabase.connect().run(ConfirmFile(file: file, etag: "e", size: 5))
        _ = try await ChatDatabase.connect().run(RejectFile(file: file, reason: "it was replaced"))
        expectRefusal(try await announce(within: limits), retryAfter: 100)
    }

    @Test func doesNotCountADeletedFile() async throws {
        let file = FileID.random()
        #expect(try await announce(file, within: UploadLimits(count: 1)) == .announced)
        _ = try await ChatDatabase.connect().run(DeleteFile(file: file))
        #expect(try await announce(within: UploadLimits(count: 1)) == .announced)
    }
}

/// The migration of the previous release's tables.
@Suite(.chatDatabase)
struct UploadLimitMigrationTests {
    @Test func rewritesOnlyUnconfirmedFiles() async throws {
        var configuration = try #require(ChatDatabase.configuration)
        configuration.parameters["options"] = "-csearch_path=previous"
        let database = PostgresClient(configuration)
        try await database.execute("CREATE SCHEMA previous")
        _ = try await Migrator.apply(Array(Schema.migrations.prefix(2)), to: database)
        try await database.execute(
            """
            INSERT INTO file (id, owner_id, file_name, size, created_at, uploaded_at, etag) VALUES
                ('confirmed', 'alice', 'a.txt', 1, now(), now(), 'e'),
                ('announced', 'alice', 'a.txt', 1, now() - interval '1 hour', NULL, NULL);
            CREATE TABLE position AS SELECT id, ctid AS tuple FROM file;
            """
        )
        let next = Array(Schema.migrations.prefix(3))
        #expect(try await Migrator.apply(next, to: database).map(\.version) == [3])
        #expect(try await database.one(CountMovedFiles()) == 1)
    }
}

private struct CountMovedFiles: CountingStatement {
    static let sql = """
        SELECT count(*) FROM file JOIN position USING (id)
        WHERE file.ctid <> tuple AND id = 'announced' AND reserved_until = created_at + interval '6 hours'
            OR file.ctid <> tuple AND id = 'confirmed'
        """
    var parameters: [Parameter] { [] }
}

private struct CountFiles: CountingStatement {
    static let sql = "SELECT count(*) FROM file WHERE owner_id = $1"
    var owner: UserID
    var parameters: [Parameter] { [.text(owner.rawValue)] }
}
