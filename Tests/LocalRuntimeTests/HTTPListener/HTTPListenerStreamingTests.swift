import Glibc
import HTTPListener
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

/// Streams the bodies of all requests except those for `/whole`.
private final class StreamingEcho: RequestResponder {
    /// The errors that bodies ended with.
    let failures = AsyncStream.makeStream(of: (any Error).self)

    func handler(for head: IncomingRequest) -> RequestHandler {
        guard head.path != "/whole" else { return .buffered { await self.respond(to: $0) } }
        return .streaming { await self.respond(to: $0, body: $1) }
    }

    func respond(to request: IncomingRequest) async -> OutgoingResponse {
        OutgoingResponse(status: .ok, body: .bytes(request.body))
    }

    private func respond(to request: IncomingRequest, body: RequestBodyStream) async -> OutgoingResponse {
        do {
            switch request.path {
            case "/refuse": return OutgoingResponse(status: .forbidden, body: .bytes(ByteBuffer(string: "no")))
            case "/first":
                let first = try await body.read()?.readableBytes ?? 0
                return OutgoingResponse(status: first > 0 ? .ok : .badRequest)
            case "/count":
                var count = 0
                for try await chunk in body { count += chunk.readableBytes }
                return OutgoingResponse(status: .ok, body: .bytes(ByteBuffer(string: "\(count)")))
            case "/head":
                return OutgoingResponse(status: .ok, headers: ["Content-Length": "1234"])
            case "/download": return Self.download(request)
            case "/files": return Self.files(request)
            default:
                var whole = ByteBuffer()
                for try await chunk in body { whole.writeImmutableBuffer(chunk) }
                return OutgoingResponse(status: .ok, body: .bytes(whole))
            }
        } catch {
            failures.continuation.yield(error)
            return OutgoingResponse(status: .badRequest)
        }
    }

    /// `/download?chunks=3&length=30`: chunks of ten bytes.
    private static func download(_ request: IncomingRequest) -> OutgoingResponse {
        let numbers = (request.query ?? "").split { !$0.isNumber }.compactMap { Int($0) }
        let chunks = Atomic(numbers[0])
        return OutgoingResponse(
            status: .ok,
            headers: ["Content-Length": "\(numbers[1])"],
            body: .stream(
                AsyncThrowingStream {
                    chunks.subtract(1, ordering: .relaxed).oldValue > 0 ? ByteBuffer(string: "0123456789") : nil
                }
            )
        )
    }

    /// `/files?from=2&count=3&from=0&count=1`: these bytes of a file that contains the ten digits. A file that starts at
    /// 10 or more cannot be opened.
    private static func files(_ request: IncomingRequest) -> OutgoingResponse {
        let numbers = (request.query ?? "").split { !$0.isNumber }.compactMap { Int64($0) }
        let slices = stride(from: 0, to: numbers.count, by: 2).map { index in
            FileSlice(offset: numbers[index], count: numbers[index + 1]) { [first = numbers[index]] in
                guard first < 10 else { throw IOError(errnoCode: ENOENT, reason: "open") }
                guard let file = tmpfile() else { throw IOError(errnoCode: errno, reason: "tmpfile") }
                defer { fclose(file) }
                write(fileno(file), "0123456789", 10)
                return dup(fileno(file))
            }
        }
        let length = slices.reduce(0) { $0 + $1.count }
        return OutgoingResponse(status: .ok, headers: ["Content-Length": "\(length)"], body: .files(slices))
    }

    func upgrade(_ request: IncomingRequest) async -> UpgradeDecision {
        .refuse(OutgoingResponse(status: .forbidden))
    }
}

@Suite(.timeLimit(.minutes(5))) struct HTTPListenerStreamingTests {
    private let responder = StreamingEcho()

    private func served(
        bodyPause: TimeAmount = .minutes(5),
        _ run: (RawClient, Int) async throws -> Void
    ) async throws {
        var limits = HTTPListener.Limits()
        (limits.requestBody, limits.bodyPause) = (1_000, bodyPause)
        try await HTTPListener.serving(responder, limits: limits) { port in
            try await run(try await RawClient.connect(port: port), port)
        }
    }

    private static func post(_ path: String, _ body: String, _ headers: String = "") -> String {
        "POST \(path) HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)"
    }

    private static func chunked(_ path: String, _ chunks: [String]) -> String {
        "POST \(path) HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            + chunks.map { "\(String($0.utf8.count, radix: 16))\r\n\($0)\r\n" }.joined() + "0\r\n\r\n"
    }

    @Test func streamsBodiesBeyondTheLimitOfBufferedOnes() async throws {
        try await served { client, _ in
            let megabyte = ByteBuffer(repeating: UInt8(ascii: "x"), count: 1024 * 1024)
            try await client.send("POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: \(64 * 1024 * 1024)\r\n\r\n")
            for _ in 0..<64 { try await client.send(megabyte) }
            #expect(try await client.response().body == "67108864")
            try await client.send(Self.post("/whole", String(repeating: "x", count: 1_001)))
            #expect(try await client.response().status == 413)
        }
    }

    @Test func acceptsChunkedAndMissingBodies() async throws {
        try await served { client, _ in
            try await client.send(Self.chunked("/", ["ab", "cde", "f"]) + Self.chunked("/", []))
            #expect(try await client.response().body == "abcdef")
            #expect(try await client.response().body == "")
            try await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try await client.response().body == "")
        }
    }

    @Test func answersPipelinedRequestsInOrder() async throws {
        try await served { client, _ in
            let paths = ["/", "/whole", "/refuse", "/count"]
            try await client.send((0..<40).map { Self.post(paths[$0 % 4], "body \($0)") }.joined())
            for number in 0..<40 {
                let expected = ["body \(number)", "body \(number)", "no", "\("body \(number)".utf8.count)"]
                #expect(try await client.response().body == expected[number % 4])
            }
        }
    }

    @Test func sendsContinueWhenTheBodyIsFirstRead() async throws {
        try await served { client, _ in
            try await client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
            #expect(try await client.response().status == 100)
            try await client.send("abc")
            #expect(try await client.response().body == "abc")
        }
    }

    @Test func sendsNoContinueIfTheBodyIsNotRead() async throws {
        try await served { client, _ in
            try await client.send(
                "POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
            )
            let response = try await client.response()
            #expect(response.status == 403)
            #expect(response.headers["connection"] == ["close"])
            #expect(try await client.readToEnd() == "")
        }
    }

    @Test(arguments: ["/refuse", "/first"])
    func keepsTheConnectionAfterASmallUnreadBody(path: String) async throws {
        try await served { client, _ in
            let body = String(repeating: "x", count: 1_000_000)
            for request in [Self.post(path, body), Self.chunked(path, [body, body.prefix(10).description])] {
                try await client.send(request + Self.post("/", "next"))
                #expect(try await client.response().status == (path == "/refuse" ? 403 : 200))
                #expect(try await client.response().body == "next")
            }
        }
    }

    @Test(arguments: [true, false])
    func closesTheConnectionAfterALargeUnreadBody(isChunked: Bool) async throws {
        try await served { client, _ in
            let body = String(repeating: "x", count: 3_000_000)
            try await client.send(isChunked ? Self.chunked("/refuse", [body]) : Self.post("/refuse", body))
            let response = try await client.response()
            #expect(response.status == 403)
            #expect(response.body == "no")
            #expect(try await client.readToEnd() == "")
        }
    }

    @Test func bodyFailsWhenTheClientDisconnects() async throws {
        try await served { client, _ in
            try await client.send("POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")
            try await client.close()
            var failures = responder.failures.stream.makeAsyncIterator()
            #expect(await failures.next() as? RequestBodyError == .incomplete)
        }
    }

    @Test func respondsToAClientThatStallsInTheBody() async throws {
        try await served(bodyPause: .milliseconds(50)) { client, _ in
            // The limit does not apply between requests: nothing may happen during twice the pause.
            try await client.send(Self.post("/count", "ab"))
            #expect(try await client.response().body == "2")
            try await Task.sleep(for: .milliseconds(100))
            try await client.send("POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")
            let response = try await client.response()
            #expect(response.status == 400)
            #expect(response.headers["connection"] == ["close"])
            #expect(try await client.readToEnd() == "")
            var failures = responder.failures.stream.makeAsyncIterator()
            #expect(await failures.next() as? RequestBodyError == .stalled)
        }
    }

    @Test func closesTheConnectionIfAnUnreadBodyStalls() async throws {
        try await served(bodyPause: .milliseconds(50)) { client, _ in
            try await client.send("POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")
            #expect(try await client.response().status == 403)
            #expect(try await client.readToEnd() == "")
        }
    }

    @Test func respondsToAnInvalidBody() async throws {
        try await served { client, _ in
            try await client.send("POST /count HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n")
            #expect(try await client.response().status == 400)
            _ = try? await client.readToEnd()
        }
    }

    @Test func sendsTheLengthInResponseToHEAD() async throws {
        try await served { client, _ in
            for path in ["/head", "/download?chunks=1&length=1234"] {
                try await client.send("HEAD \(path) HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(try await client.response(toHEAD: true).headers["content-length"] == ["1234"])
            }
            try await client.send(Self.post("/", "next"))
            #expect(try await client.response().body == "next")
        }
    }

    @Test func streamsAResponseOfKnownLength() async throws {
        try await served { client, _ in
            try await client.send("GET /download?chunks=3&length=30 HTTP/1.1\r\nHost: x\r\n\r\n" + Self.post("/", "x"))
            let response = try await client.response()
            #expect(response.body == "012345678901234567890123456789")
            #expect(response.headers["transfer-encoding"].isEmpty)
            #expect(try await client.response().body == "x")
        }
    }

    @Test(arguments: [29, 31]) func closesTheConnectionIfAStreamHasAnotherLength(length: Int) async throws {
        try await served { client, _ in
            try await client.send("GET /download?chunks=3&length=\(length) HTTP/1.1\r\nHost: x\r\n\r\n")
            let received = try? await client.readToEnd()
            #expect(received?.hasSuffix("\r\n\r\n" + String(repeating: "0123456789", count: length / 10)) == true)
        }
    }

    @Test func sendsFileSlices() async throws {
        try await served { client, _ in
            let next = Self.post("/", "x")
            try await client.send("GET /files?from=2&count=3&from=0&count=1 HTTP/1.1\r\nHost: x\r\n\r\n" + next)
            let response = try await client.response()
            #expect(response.body == "2340")
            #expect(response.headers["content-length"] == ["4"])
            #expect(try await client.response().body == "x")
            try await client.send("HEAD /files?from=10&count=3 HTTP/1.1\r\nHost: x\r\n\r\n" + next)
            #expect(try await client.response(toHEAD: true).headers["content-length"] == ["3"])
            #expect(try await client.response().body == "x")
            try await client.send("GET /files?from=7&count=3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(try await client.response().body == "789")
            #expect(try await client.readToEnd() == "")
        }
    }

    @Test func closesTheConnectionIfALaterFileCannotBeOpened() async throws {
        try await served { client, _ in
            try await client.send("GET /files?from=2&count=3&from=10&count=1 HTTP/1.1\r\nHost: x\r\n\r\n")
            let received = try? await client.readToEnd()
            #expect(received?.hasSuffix("\r\n\r\n234") == true)
        }
    }

    @Test func bodyOfGivenChunksSkipsEmptyOnes() async throws {
        var text = ""
        for try await chunk in RequestBodyStream([ByteBuffer(string: "a"), ByteBuffer(), ByteBuffer(string: "b")]) {
            text += String(buffer: chunk)
        }
        #expect(text == "ab")
    }
}
