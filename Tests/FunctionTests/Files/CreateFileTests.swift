import AWSSignature
import ChatStore
import Files
import FoundationEssentials
import ObjectStorage
import TestSupport
import Testing

@testable import CreateFile

struct CreateFileTests {
    private let database = StubDatabase()
    private let objects = StubObjects()
    private static let uuid = "0193513e-5e2a-7c3d-8f00-00000000f11e"

    init() {
        database.answer(AnnounceFile.self) { _ in [.announced] }
        database.answer(ReleaseReservation.self) { _ in [] }
    }

    private func handle(
        _ body: String?,
        from user: String? = "alice",
        limits: UploadLimits = UploadLimits()
    ) async throws -> JSON {
        let credentials = Credentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: "session")
        let service = try ObjectService(credentials: credentials, region: "eu-central-1", endpoint: nil)
        let uuid = try #require(UUID(uuidString: Self.uuid))
        let handler = CreateFileHandler(
            database: database,
            planner: UploadPlanner(
                objects: objects,
                presigner: ObjectPresigner(service: service),
                bucket: "files",
                now: { .example }
            ),
            limiter: .unlimited,
            limits: limits,
            identifiers: IdentifierGenerator { uuid }
        )
        let response = try await handler.handle(.request("POST /files", from: user, body: body), context: .test)
        #expect(response.statusCode == 200)
        return try JSON(#require(response.body))
    }

    @Test func announcesTheFile() async throws {
        let limits = UploadLimits(count: 7, bytes: 8_192, window: 60)
        _ = try await handle(#"{"contentType":"image/jpeg","size":1024,"fileName":" Föto 1.jpg "}"#, limits: limits)

        let statement = try #require(database.ran(AnnounceFile.self).first)
        #expect(statement.id.rawValue == "\(Self.uuid).jpg")
        #expect(statement.owner == "alice")
        #expect(statement.fileName == "Föto 1.jpg")
        #expect(statement.size == 1024)
        #expect(statement.limits == limits)
    }

    @Test(
        arguments: [
            (100 << 20, 86_400, 3_600 + 900), (100 << 20 | 1, 60, 3_600 + 900),
            // The parts of an unfinished upload stay in S3 for about a day.
            (100 << 20 | 1, 86_400, 86_400),
        ] as [(Int64, Int, Int)]
    )
    func reservesTheSizeUntilTheUploadCanBeConfirmed(size: Int64, window: Int, seconds: Int) async throws {
        let limits = UploadLimits(window: window)
        _ = try await handle(#"{"contentType":"video/mp4","size":\#(size)}"#, limits: limits)
        #expect(database.ran(AnnounceFile.self).map(\.reservation) == [seconds])
    }

    @Test func returnsAFormForExactlyThisFile() async throws {
        let answer = try await handle(#"{"contentType":"image/jpeg","size":1024}"#)

        #expect(answer["fileId"] == "\(Self.uuid).jpg")
        #expect(answer["expiresAt"] == "2026-11-21T23:26:40.000Z")
        let upload = try #require(answer["upload"])
        #expect(upload["method"] == "POST")
        #expect(upload["url"] == "https://files.s3.eu-central-1.amazonaws.com/")
        let fields = try #require(upload["fields"])
        #expect(fields["key"] == "incoming/\(Self.uuid).jpg")
        #expect(fields["Content-Type"] == "image/jpeg")
        #expect(fields["x-amz-security-token"] == "session")

        let encoded = try #require(fields["policy"]?.string)
        let policy = try JSON(String(decoding: #require(Data(base64Encoded: encoded)), as: UTF8.self))
        #expect(policy["expiration"] == "2026-11-21T23:26:40Z")
        let conditions = try #require(policy["conditions"]).elements
        #expect(conditions.contains(["content-length-range", 1024, 1024]))
        for (name, value) in [
            ("bucket", "files"), ("key", "incoming/\(Self.uuid).jpg"), ("Content-Type", "image/jpeg"),
        ] {
            #expect(
                conditions.contains([name: .string(value)] as JSON)
                    || conditions.contains(["eq", .string("$\(name)"), .string(value)] as JSON),
                "\(name)"
            )
        }
    }

    @Test func returnsPartsOfSignedLengthsForALargeFile() async throws {
        let size: Int64 = 100 << 20 | 1
        let answer = try await handle(#"{"contentType":"video/mp4","size":\#(size)}"#)

        let upload = try #require(answer["upload"])
        #expect(upload["method"] == "PUT")
        let parts = try #require(upload["parts"]).elements
        #expect(parts.map { $0["partNumber"] } == (1...7).map { .number(Double($0)) })
        let sizes = parts.compactMap { $0["size"]?.integer }
        #expect(sizes == Array(repeating: 16_777_216, count: 6) + [size - 6 * 16_777_216])
        for part in parts {
            let url = try #require(part["url"]?.string)
            #expect(url.contains("uploadId=upload-1"))
            #expect(url.contains("X-Amz-SignedHeaders=content-length%3Bhost"))
        }
        #expect(upload["complete"]?["method"] == "POST")
        #expect(upload["abort"]?["method"] == "DELETE")
        #expect(answer["expiresAt"] == .string("2026-11-21T23:26:40.000Z"))
    }

    @Test func releasesTheReservationIfTheUploadCannotBePlanned() async throws {
        objects.fail(with: ObjectStorageError(.unavailable, "S3 does not respond"))
        await #expect(throws: ObjectStorageError.self) {
            _ = try await handle(#"{"contentType":"video/mp4","size":200000000}"#)
        }
        #expect(database.ran(ReleaseReservation.self).map(\.file) == database.ran(AnnounceFile.self).map(\.id))
    }

    @Test(arguments: [("audio/mpeg", "audio.mp3"), ("application/octet-stream", "bytes.bin")])
    func givesAFileWithoutANameADefaultName(contentType: String, name: String) async throws {
        _ = try await handle(#"{"contentType":"\#(contentType)","size":1}"#)
        #expect(database.ran(AnnounceFile.self).map(\.fileName) == [name])
    }

    @Test(
        arguments: [
            #"{}"#, #"{"size":1}"#, #"{"contentType":"image/jpeg"}"#, #"{"contentType":"image/jpeg","size":0}"#,
            #"{"contentType":"image/jpeg","size":-1}"#, #"{"contentType":"image/jpeg","size":1.5}"#,
            #"{"contentType":"image/jpeg","size":"1"}"#, #"{"contentType":"image/jpeg","size":null}"#,
            #"{"contentType":"image/jpeg","size":1e30}"#, #"{"contentType":"image/svg+xml","size":1}"#,
            #"{"contentType":"text/html","size":1}"#, #"{"contentType":7,"size":1}"#, #"{"contentType":"","size":1}"#,
            #"{"contentType":"image/jpeg","size":1,"fileName":""}"#,
            #"{"contentType":"image/jpeg","size":1,"fileName":"../a"}"#,
            #"{"contentType":"image/jpeg","size":1,"fileName":"a\\b"}"#,
            #"{"contentType":"image/jpeg","size":1,"fileName":"a\u000ab"}"#,
            #"{"contentType":"image/jpeg","size":1,"fileName":"a\u202egpj.exe"}"#,
            #"{"contentType":"image/jpeg","size":1,"fileName":7}"#, "[]", "{",
        ]
    )
    func refusesInvalidFieldsAndAnnouncesNothing(body: String) async {
        await expectRefusal(.invalidRequest) { _ = try await handle(body) }
        #expect(database.isUntouched)
    }

    @Test func refusesAFileThatExceedsTheLimits() async {
        await expectRefusal(.tooLarge) {
            _ = try await handle(#"{"contentType":"image/jpeg","size":11}"#, limits: UploadLimits(size: 10))
        }
        #expect(database.isUntouched)

        database.answer(AnnounceFile.self) { _ in [.limitReached(retryAfter: 90)] }
        let error = await #expect(throws: ChatError.self) {
            _ = try await handle(#"{"contentType":"image/jpeg","size":1}"#)
        }
        #expect(error?.code == .rateLimited)
        #expect(error?.retryAfter == 90)
    }

    @Test func asksForARetryIfTooManyFilesAreAnnouncedAtTheSameTime() async {
        database.answer(AnnounceFile.self) { _ throws(PostgresError) in
            throw PostgresError(.server, sqlState: "55P03", message: "canceling statement due to lock timeout")
        }
        let error = await #expect(throws: ChatError.self) {
            _ = try await handle(#"{"contentType":"image/jpeg","size":1}"#)
        }
        #expect(error?.code == .rateLimited)
        #expect(error?.retryAfter == 1)
    }

    @Test func refusesACallerWithoutAToken() async {
        await expectRefusal(.unauthorized) {
            _ = try await handle(#"{"contentType":"image/jpeg","size":1}"#, from: nil)
        }
    }
}
