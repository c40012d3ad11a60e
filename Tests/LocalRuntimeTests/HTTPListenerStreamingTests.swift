import HTTPListener
import Logging
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

/// Reads bodies itself, but for `/whole`.
private final class StreamingEcho: RequestResponder, StreamingResponder {
    /// What the body of `/broken` ended with.
    let failure = Mutex<(any Error)?>(nil)

    func streamingResponder(for request: IncomingRequest) -> (any StreamingResponder)? {
        request.path == "/whole" ? nil : self
    }

    func respond(to request: IncomingRequest) async -> OutgoingResponse {
        OutgoingResponse(status: .ok, body: .bytes(request.body))
    }

    func respond(to request: IncomingRequest, body: RequestBody) async -> OutgoingResponse {
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
            default:
                var whole = ByteBuffer()
                for try await chunk in body { whole.writeImmutableBuffer(chunk) }
                return OutgoingResponse(status: .ok, body: .bytes(whole))
            }
        } catch {
            failure.withLock { $0 = error }
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

    func upgrade(_ request: IncomingRequest) async -> UpgradeDecision {
        .refuse(OutgoingResponse(status: .forbidden))
    }
}

@Suite(.timeLimit(.minutes(5))) struct HTTPListenerStreamingTests {
    private let responder = StreamingEcho()

    private func served(_ body: (RawClient, Int) async throws -> Void) async throws {
        var limits = HTTPListener.Limits()
        limits.requestBody = 1_000
        let listener = try await HTTPListener.bind(
            port: 0,
            limits: limits,
            responder: responder,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await listener.serve() }
            defer { group.cancelAll() }
            try await body(try await RawClient.connect(port: listener.port), listener.port)
        }
    }

    private static func post(_ path: String, _ body: String, _ headers: String = "") -> String {
        "POST \(path) HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)"
    }

    private static func chunked(_ path: String, _ chunks: [String]) -> String {
        "POST \(path) HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            + chunks.map { "\(String($0.utf8.count, radix: 16))\r\n\($0)\r\n" }.joined() + "0\r\n\r\n"
    }

    @Test func takesBodiesOverTheLimitOfWholeOnes() async throws {
        try await served { client, _ in
            let megabyte = ByteBuffer(repeating: UInt8(ascii: "x"), count: 1024 * 1024)
            try await client.send("POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: \(64 * 1024 * 1024)\r\n\r\n")
            for _ in 0..<64 { try await client.send(megabyte) }
            #expect(try await client.response().body == "67108864")
            try await client.send(Self.post("/whole", String(repeating: "x", count: 1_001)))
            #expect(try await client.response().status == 413)
        }
    }

    @Test func takesChunkedBodiesAndNone() async throws {
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

    @Test func continuesWhenTheBodyIsFirstRead() async throws {
        try await served { client, _ in
            try await client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
            #expect(try await client.response().status == 100)
            try await client.send("abc")
            #expect(try await client.response().body == "abc")
            // There is nothing to wait for.
            try await client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nExpect: 100-continue\r\n\r\n")
            #expect(try await client.response().status == 200)
        }
    }

    @Test func refusesWithoutAskingForTheBody() async throws {
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
    func dropsWhatIsLeftOfASmallBody(path: String) async throws {
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
    func endsTheConnectionWhereTooMuchIsLeft(isChunked: Bool) async throws {
        try await served { client, _ in
            let body = String(repeating: "x", count: 3_000_000)
            try await client.send(isChunked ? Self.chunked("/refuse", [body]) : Self.post("/refuse", body))
            let response = try await client.response()
            #expect(response.status == 403)
            #expect(response.body == "no")
            #expect(try await client.readToEnd() == "")
        }
    }

    @Test func aClientThatLeavesEndsTheBodyWithAnError() async throws {
        try await served { client, _ in
            try await client.send("POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")
            try await client.close()
            while responder.failure.withLock({ $0 }) == nil { try await Task.sleep(for: .milliseconds(5)) }
            #expect(responder.failure.withLock { $0 is RequestBodyError })
        }
    }

    @Test func whatIsNoBodyIsABadRequest() async throws {
        try await served { client, _ in
            try await client.send("POST /count HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n")
            #expect(try await client.response().status == 400)
            _ = try? await client.readToEnd()
        }
    }

    @Test func tellsTheLengthToHEAD() async throws {
        try await served { client, _ in
            for path in ["/head", "/download?chunks=1&length=1234"] {
                try await client.send("HEAD \(path) HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(try await client.response(toHEAD: true).headers["content-length"] == ["1234"])
            }
            try await client.send(Self.post("/", "next"))
            #expect(try await client.response().body == "next")
        }
    }

    @Test func streamsWithAKnownLength() async throws {
        try await served { client, _ in
            try await client.send("GET /download?chunks=3&length=30 HTTP/1.1\r\nHost: x\r\n\r\n" + Self.post("/", "x"))
            let response = try await client.response()
            #expect(response.body == "012345678901234567890123456789")
            #expect(response.headers["transfer-encoding"].isEmpty)
            #expect(try await client.response().body == "x")
        }
    }

    @Test(arguments: [29, 31]) func aStreamOfAnotherLengthEndsTheConnection(length: Int) async throws {
        try await served { client, _ in
            try await client.send("GET /download?chunks=3&length=\(length) HTTP/1.1\r\nHost: x\r\n\r\n")
            let received = try? await client.readToEnd()
            #expect(received?.hasSuffix("\r\n\r\n" + String(repeating: "0123456789", count: length / 10)) == true)
        }
    }

    @Test func givesTestsABodyThatIsThereAlready() async throws {
        var text = ""
        for try await chunk in RequestBody([ByteBuffer(string: "a"), ByteBuffer(), ByteBuffer(string: "b")]) {
            text += String(buffer: chunk)
        }
        #expect(text == "ab")
    }
}
