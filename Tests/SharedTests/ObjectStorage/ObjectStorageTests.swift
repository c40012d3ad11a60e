import AWSClient
import AWSSignature
import FoundationEssentials
import LambdaRuntime
import ObjectStorage
import Testing

struct ObjectStorageTests {
    private static let object = ObjectAddress(bucket: "files", key: "a b/ü.txt")

    private func withClient(
        of server: ScriptedServer,
        _ body: (ObjectStorageClient) async throws -> Void
    ) async throws {
        let client = ObjectStorageClient(
            service: try service("http://\(server.address)"),
            retryPolicy: RetryPolicy(attemptTimeLimit: .seconds(600), timeLimit: .seconds(600)),
            sleep: { _ in }
        )
        do {
            try await body(client)
        } catch {
            Issue.record(error)
        }
        try await client.shutdown()
        try await server.stop()
    }

    private func service(_ endpoint: String?) throws(ObjectStorageError) -> ObjectService {
        try ObjectService(
            credentials: Credentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: "session"),
            region: "eu-central-1",
            endpoint: endpoint
        )
    }

    private static func response(_ status: String, _ headers: [String] = [], _ body: String = "") -> ScriptedServer.Step
    {
        let head = ["HTTP/1.1 \(status)", "Content-Length: \(body.utf8.count)"] + headers
        return .respond(head.joined(separator: "\r\n") + "\r\n\r\n" + body)
    }

    @Test func getsAnObjectWithASignedRequest() async throws {
        let server = try await ScriptedServer([
            Self.response("200 OK", [#"ETag: "abc""#, "Content-Type: text/plain"], "hello")
        ])
        try await withClient(of: server) { client in
            let object = try await client.get(Self.object, limit: 5)
            let metadata = ObjectMetadata(size: 5, etag: "abc", contentType: "text/plain")
            #expect(object == FetchedObject(bytes: Array("hello".utf8), metadata: metadata))
        }
        let request = try #require(server.requests.first)
        #expect(request.hasPrefix("GET /files/a%20b/%C3%BC.txt HTTP/1.1\r\n"))
        let verifier = SignatureVerifier(service: "s3", region: "eu-central-1") { _ in
            Credentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: "session")
        }
        try verifier.verify(SignableRequest(parsing: request), at: Date())
    }

    @Test func getsARangeOfAnObject() async throws {
        let server = try await ScriptedServer([
            Self.response("206 Partial Content", [#"ETag: "abc""#, "Content-Range: bytes 0-1/500"], "he")
        ])
        try await withClient(of: server) { client in
            let object = try await client.get(Self.object, range: 0...1, limit: 2)
            #expect(object?.metadata.size == 500)
            #expect(object?.bytes == Array("he".utf8))
        }
        #expect(server.requests.first?.contains("\r\nRange: bytes=0-1\r\n") == true)
    }

    @Test func doesNotTreatAMissingObjectAsAFailure() async throws {
        let missing = Self.response("404 Not Found", [], "<Error><Code>NoSuchKey</Code></Error>")
        let server = try await ScriptedServer([missing, Self.response("404 Not Found"), missing])
        try await withClient(of: server) { client in
            #expect(try await client.get(Self.object, limit: 5) == nil)
            #expect(try await client.head(Self.object) == nil)
            try await client.delete(Self.object)
        }
    }

    @Test(
        arguments: [
            (response("404 Not Found", [], "<Error><Code>NoSuchBucket</Code></Error>"), .refused),
            (response("403 Forbidden", [], "<Error><Code>AccessDenied</Code></Error>"), .refused),
            (response("200 OK", [#"ETag: "abc""#], "more than five"), .tooLarge),
            (response("200 OK", [], "five!"), .malformed),
            (response("503 Slow Down"), .unavailable),
        ] as [(ScriptedServer.Step, ObjectStorageError.Code)]
    )
    func mapsResponsesToErrorCodes(step: ScriptedServer.Step, code: ObjectStorageError.Code) async throws {
        let server = try await ScriptedServer { _ in step }
        try await withClient(of: server) { client in
            let error = await #expect(throws: ObjectStorageError.self) {
                _ = try await client.get(Self.object, limit: 5)
            }
            #expect(error?.code == code)
        }
        #expect(server.requests.count == (code == .unavailable ? 4 : 1))
    }

    @Test func retries() async throws {
        let server = try await ScriptedServer([
            .close, Self.response("500 Internal Server Error"), Self.response("200 OK", [#"ETag: "abc""#]),
        ])
        try await withClient(of: server) { client in
            let etag = try await client.put(Array("hello".utf8), contentType: "text/plain", at: Self.object)
            #expect(etag == "abc")
        }
        let request = try #require(server.requests.last)
        #expect(request.hasPrefix("PUT /files/a%20b/%C3%BC.txt HTTP/1.1\r\n"))
        #expect(request.contains("\r\nContent-Type: text/plain\r\n"))
        #expect(request.hasSuffix("\r\n\r\nhello"))
    }

    @Test func createsAnObjectOnlyIfThereIsNone() async throws {
        let exists = "<Error><Code>PreconditionFailed</Code></Error>"
        let server = try await ScriptedServer([
            Self.response("409 Conflict", [], "<Error><Code>ConditionalRequestConflict</Code></Error>"),
            Self.response("200 OK", [#"ETag: "abc""#]), Self.response("412 Precondition Failed", [], exists),
        ])
        try await withClient(of: server) { client in
            let bytes = Array("hello".utf8)
            let created = try await client.create(bytes, contentType: "text/plain", at: Self.object)
            #expect(created == "abc")
            let again = try await client.create(bytes, contentType: "text/plain", at: Self.object)
            #expect(again == nil)
        }
        #expect(server.requests.count == 3)
        #expect(server.requests.allSatisfy { $0.contains("\r\nIf-None-Match: *\r\n") })
    }

    @Test func copiesAnObjectUnlessTheDestinationExists() async throws {
        let copied = #"<CopyObjectResult><ETag>&quot;abc&quot;</ETag></CopyObjectResult>"#
        let server = try await ScriptedServer([
            Self.response("200 OK", [], copied), Self.response("412 Precondition Failed"),
            Self.response("404 Not Found", [], "<Error><Code>NoSuchKey</Code></Error>"),
            // S3 may fail after it has sent the status.
            Self.response("200 OK", [], "<Error><Code>InternalError</Code></Error>"),
        ])
        try await withClient(of: server) { client in
            let target = ObjectAddress(bucket: "files", key: "copy")
            for expected in [ObjectCopy.copied, .destinationExists, .sourceMissing] {
                let result = try await client.copy(Self.object, to: target)
                #expect(result == expected)
            }
            await #expect(throws: ObjectStorageError.self) { try await client.copy(Self.object, to: target) }
        }
        let request = try #require(server.requests.first)
        #expect(request.hasPrefix("PUT /files/copy HTTP/1.1\r\n"))
        #expect(request.contains("\r\nx-amz-copy-source: files/a%20b/%C3%BC.txt\r\n"))
        #expect(request.contains("\r\nIf-None-Match: *\r\n"))
    }

    @Test func listsObjects() async throws {
        let body = """
            <?xml version="1.0" encoding="UTF-8"?>
            <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>files</Name><KeyCount>2</KeyCount>
            <IsTruncated>true</IsTruncated>
            <Contents><Key>a%20b/%C3%BC</Key><LastModified>2026-11-21T20:39:16.000Z</LastModified>
            <ETag>&quot;abc&quot;</ETag><Size>5</Size><StorageClass>STANDARD</StorageClass></Contents>
            <Contents><Key>c</Key><LastModified>2026-11-21T20:39:17Z</LastModified><Size>6</Size></Contents>
            </ListBucketResult>
            """
        let server = try await ScriptedServer([Self.response("200 OK", [], body)])
        try await withClient(of: server) { client in
            let list = try await client.list("files", after: "a&b", limit: 2)
            #expect(list.isTruncated)
            #expect(list.entries.map(\.key) == ["a b/ü", "c"])
            #expect(list.entries.map(\.size) == [5, 6])
            #expect(list.entries.map(\.lastModified.timeIntervalSince1970) == [1_795_293_556, 1_795_293_557])
        }
        let request = try #require(server.requests.first)
        #expect(
            request.hasPrefix("GET /files/?encoding-type=url&list-type=2&max-keys=2&start-after=a%26b HTTP/1.1\r\n")
        )
    }

    @Test func startsAMultipartUpload() async throws {
        let body = "<InitiateMultipartUploadResult><UploadId>VXBsb2FkIElE</UploadId></InitiateMultipartUploadResult>"
        let server = try await ScriptedServer([Self.response("200 OK", [], body)])
        try await withClient(of: server) { client in
            let id = try await client.createMultipartUpload(Self.object, contentType: "video/mp4")
            #expect(id == "VXBsb2FkIElE")
        }
        #expect(server.requests.first?.hasPrefix("POST /files/a%20b/%C3%BC.txt?uploads= HTTP/1.1\r\n") == true)
    }

    // MARK: Addresses

    @Test(
        arguments: [
            (nil, "https://files.s3.eu-central-1.amazonaws.com/a%20b/%C3%BC.txt?"),
            ("http://127.0.0.1:3001", "http://127.0.0.1:3001/files/a%20b/%C3%BC.txt?"),
            ("http://127.0.0.1:3001/s3/", "http://127.0.0.1:3001/s3/files/a%20b/%C3%BC.txt?"),
        ] as [(String?, String)]
    )
    func presignsTheURLOfTheObject(endpoint: String?, prefix: String) throws {
        let url = ObjectPresigner(service: try service(endpoint)).get(
            Self.object,
            lifetime: 60,
            responseHeaders: [("content-disposition", "attachment; filename=\"a b\"")],
            at: Date(timeIntervalSince1970: 1_795_293_556)
        )
        #expect(url.hasPrefix(prefix))
        #expect(url.contains("response-content-disposition=attachment%3B%20filename%3D%22a%20b%22&"))
        #expect(url.contains("&X-Amz-Expires=60&"))
    }

    @Test func signsTheSizeOfAPart() throws {
        let date = Date(timeIntervalSince1970: 1_795_293_556)
        let url = ObjectPresigner(service: try service("http://127.0.0.1:3001")).uploadPart(
            Self.object,
            uploadID: "u",
            number: 2,
            size: 5,
            lifetime: 60,
            at: date
        )
        let target = String(url.dropFirst("http://127.0.0.1:3001".count))
        let verifier = SignatureVerifier(service: "s3", region: "eu-central-1") { _ in
            Credentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: "session")
        }
        for (length, isAccepted) in [("5", true), ("6", false), ("4", false)] {
            let request = SignableRequest(
                method: "PUT",
                target: target,
                headers: [("Host", "127.0.0.1:3001"), ("Content-Length", length)],
                payload: .unsigned
            )
            let verified = try? verifier.verify(request, at: date)
            #expect((verified != nil) == isAccepted)
        }
    }

    @Test func cannotStartWithoutCredentials() {
        #expect(throws: MissingVariable(name: "AWS_ACCESS_KEY_ID")) {
            try ObjectService(environment: Environment([:]))
        }
    }

    @Test func cannotStartIfTheEndpointIsNotAURL() {
        let environment = Environment([
            "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_ENDPOINT_URL_S3": "nowhere",
        ])
        let error = #expect(throws: ObjectStorageError.self) { try ObjectService(environment: environment) }
        #expect(error?.code == .misconfigured)
    }
}
