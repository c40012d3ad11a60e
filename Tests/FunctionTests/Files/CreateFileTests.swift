import AWSSignature
import ChatStore
import Files
import FoundationEssentials
import ObjectStorage
import Redis
import TestSupport
import Testing
import Uploads

@testable import CreateFile

struct CreateFileTests {
    private let database = StubDatabase()
    private let redis = StubRedis()
    private static let uuid = "0193513e-5e2a-7c3d-8f00-00000000f11e"

    init() {
        database.answer(InsertFile.self) { _ in [] }
        redis.answer(SortedSetMembers.self) { _ in [] }
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
            usage: UploadUsage(store: redis, limits: limits, now: { .example }),
            plan: UploadPlan(
                objects: StubObjects(),
                presigner: ObjectPresigner(service: service),
                bucket: "files",
                now: { .example }
            ),
            identifiers: IdentifierGenerator { uuid }
        )
        let response = try await handler.handle(.request("POST /files", from: user, body: body), context: .test)
        #expect(response.statusCode == 200)
        return try JSON(#require(response.body))
    }

    @Test func announcesAFileAndGivesAFormThatFitsNothingElse() async throws {
        let answer = try await handle(#"{"contentType":"image/jpeg","size":1024,"fileName":" Föto 1.jpg "}"#)

        let statement = try #require(database.ran(InsertFile.self).first)
        #expect(statement.id.rawValue == "\(Self.uuid).jpg")
        #expect(statement.owner == "alice")
        #expect(statement.fileName == "Föto 1.jpg")
        #expect(statement.size == 1024)

        #expect(answer["fileId"] == "\(Self.uuid).jpg")
        #expect(answer["expiresAt"] == "2026-11-21T23:26:40.000Z")
        let upload = try #require(answer["upload"])
        #expect(upload["method"] == "POST")
        #expect(upload["url"] == "https://files.s3.eu-central-1.amazonaws.com/")
        let fields = try #require(upload["fields"])
        #expect(fields["key"] == "\(Self.uuid).jpg")
        #expect(fields["Content-Type"] == "image/jpeg")
        #expect(fields["x-amz-security-token"] == "session")

        guard case .string(let encoded) = fields["policy"], let data = Data(base64Encoded: encoded) else {
            Issue.record("no policy")
            return
        }
        let policy = try JSON(String(decoding: data, as: UTF8.self))
        #expect(policy["expiration"] == "2026-11-21T23:26:40Z")
        let conditions = try #require(policy["conditions"]).elements
        #expect(conditions.contains(["content-length-range", 1024, 1024]))
        for (name, value) in [("bucket", "files"), ("key", "\(Self.uuid).jpg"), ("Content-Type", "image/jpeg")] {
            #expect(
                conditions.contains([name: .string(value)] as JSON)
                    || conditions.contains(["eq", .string("$\(name)"), .string(value)] as JSON),
                "\(name)"
            )
        }
    }

    @Test func givesPartsOfSignedLengthsForWhatIsLarge() async throws {
        let size: Int64 = 100 << 20 | 1
        let answer = try await handle(#"{"contentType":"video/mp4","size":\#(size)}"#)
        let upload = try #require(answer["upload"])
        #expect(upload["method"] == "PUT")
        let parts = try #require(upload["parts"]).elements
        #expect(parts.count == 7)
        #expect(parts.map { $0["partNumber"] } == (1...7).map { .number(Double($0)) })
        let sizes = parts.compactMap { part -> Double? in
            if case .number(let size) = part["size"] { return size } else { return nil }
        }
        #expect(sizes.reduce(0, +) == Double(size))
        #expect(sizes.dropLast().allSatisfy { $0 == 16_777_216 })
        for part in parts {
            guard case .string(let url) = part["url"] else { continue }
            #expect(url.contains("uploadId=upload-1"))
            #expect(url.contains("X-Amz-SignedHeaders=content-length%3Bhost"))
        }
        #expect(upload["complete"]?["method"] == "POST")
        #expect(upload["abort"]?["method"] == "DELETE")
        #expect(answer["expiresAt"] == .string("2026-11-22T04:26:40.000Z"))
    }

    @Test(arguments: [("audio/mpeg", "audio.mp3"), ("application/octet-stream", "bytes.bin")])
    func namesAFileThatHasNoName(contentType: String, name: String) async throws {
        _ = try await handle(#"{"contentType":"\#(contentType)","size":1}"#)
        #expect(database.ran(InsertFile.self).map(\.fileName) == [name])
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
    func refusesBadFieldsAndAnnouncesNothing(body: String) async {
        await expectRefusal(.invalidRequest) { _ = try await handle(body) }
        #expect(database.isUntouched)
    }

    @Test func refusesWhoUploadedTooMuch() async {
        redis.answer(SortedSetMembers.self) { _ in ["\(Int64(Date.example.timeIntervalSince1970) * 1000):5:a.txt"] }
        await expectRefusal(.rateLimited) {
            _ = try await handle(#"{"contentType":"image/jpeg","size":1}"#, limits: UploadLimits(count: 1))
        }
        await expectRefusal(.tooLarge) {
            _ = try await handle(#"{"contentType":"image/jpeg","size":11}"#, limits: UploadLimits(size: 10))
        }
        #expect(database.isUntouched)
    }

    @Test func refusesACallerNobodyKnows() async {
        await expectRefusal(.unauthorized) {
            _ = try await handle(#"{"contentType":"image/jpeg","size":1}"#, from: nil)
        }
    }
}
