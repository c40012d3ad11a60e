import HTTPListener
import NIOCore
import NIOHTTP1
import Testing

/// Echoes the body of a request, except for a few paths.
private struct EchoResponder: RequestResponder {
    func respond(to request: IncomingRequest) async -> OutgoingResponse {
        switch request.path {
        case "/invalid": OutgoingResponse(status: .ok, headers: ["a b": "c"])
        case "/stream":
            OutgoingResponse(
                status: .ok,
                body: .stream(
                    AsyncThrowingStream { continuation in
                        continuation.yield(ByteBuffer(string: "one"))
                        continuation.yield(ByteBuffer(string: "two"))
                        continuation.finish()
                    }
                )
            )
        default: OutgoingResponse(status: .ok, body: .bytes(request.body))
        }
    }

    func upgrade(_ request: IncomingRequest) async -> UpgradeDecision {
        .refuse(OutgoingResponse(status: .forbidden))
    }
}

@Suite(.timeLimit(.minutes(5))) struct HTTPListenerTests {
    private func served(limit: Int = 1_000, _ body: (RawClient, Int) async throws -> Void) async throws {
        var limits = HTTPListener.Limits()
        limits.requestBody = limit
        try await HTTPListener.serving(EchoResponder(), limits: limits) { port in
            try await body(try await RawClient.connect(port: port), port)
        }
    }

    private static func post(_ body: String, _ headers: String = "") -> String {
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)"
    }

    @Test func answersPipelinedRequestsInOrder() async throws {
        try await served { client, _ in
            try await client.send((0..<20).map { Self.post("\($0)") }.joined())
            for number in 0..<20 { #expect(try await client.response().body == "\(number)") }
        }
    }

    /// The response exceeds the socket buffers, and the client begins to read late.
    @Test func sendsALongResponseCompletelyBeforeClosing() async throws {
        try await served(limit: 10_000_000) { _, port in
            let body = String(repeating: "x", count: 9_000_000)
            let client = try await RawClient.connect(port: port, reading: false)
            try await client.send(Self.post(body, "Connection: close\r\n"))
            try await client.startReading()
            #expect(try await client.response().body.utf8.count == body.utf8.count)
        }
    }

    /// A page whose name has a DNS record that points here reaches neither responder nor upgrade.
    @Test(
        arguments: ["evil.test", "127.0.0.1.evil.test:80", "", "a, b"],
        ["", "Connection: Upgrade\r\nUpgrade: websocket\r\n"]
    )
    func refusesForeignHosts(host: String, upgrade: String) async throws {
        try await served { client, _ in
            let key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            try await client.send("GET / HTTP/1.1\r\nHost: \(host)\r\n\(upgrade)\(key)\r\n")
            let response = try await client.response()
            #expect(response.status == 403)
            #expect(response.body.contains("Host"))
        }
    }

    /// Browsers open connections in advance; these must not keep the listener from stopping.
    @Test(arguments: ["", "GET / HT"]) func stopsWhileAClientHasSentNoRequest(beginning: String) async throws {
        try await served { client, _ in try await client.send(beginning) }
    }

    @Test func closesIfTheClientAsksForIt() async throws {
        try await served { client, _ in
            try await client.send(Self.post("x", "Connection: close\r\n"))
            #expect(try await client.response().headers["connection"] == ["close"])
            #expect(try await client.readToEnd() == "")
        }
    }

    @Test func keepsAnHTTP10ConnectionOnlyIfAsked() async throws {
        try await served { client, port in
            try await client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(try await client.response().headers["connection"] == ["keep-alive"])
            try await client.send("GET / HTTP/1.0\r\n\r\n")
            #expect(try await client.response().headers["connection"] == ["close"])
            #expect(try await client.readToEnd() == "")
        }
    }

    @Test func sendsContinueIfTheClientExpectsIt() async throws {
        try await served { client, _ in
            try await client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
            #expect(try await client.response().status == 100)
            try await client.send("abc")
            #expect(try await client.response().body == "abc")
        }
    }

    @Test(arguments: ["Content-Length: 0", "Transfer-Encoding: chunked"])
    func sendsContinueForAnEmptyBodyToo(header: String) async throws {
        try await served { client, _ in
            try await client.send("PUT / HTTP/1.1\r\nHost: x\r\n\(header)\r\nExpect: 100-continue\r\n\r\n")
            #expect(try await client.response().status == 100)
            if header.hasPrefix("T") { try await client.send("0\r\n\r\n") }
            #expect(try await client.response().status == 200)
            try await client.send(Self.post("x"))
            #expect(try await client.response().body == "x")
        }
    }

    @Test(arguments: [
        "Content-Length: 1001\r\nExpect: 100-continue\r\n\r\n",
        "Content-Length: 200000\r\n\r\n" + String(repeating: "x", count: 200_000),
        "Transfer-Encoding: chunked\r\n\r\n3E9\r\n" + String(repeating: "x", count: 1_001) + "\r\n0\r\n\r\n",
    ])
    func refusesABodyOverTheLimitWithAReadableResponse(_ rest: String) async throws {
        try await served { client, _ in
            try await client.send("POST / HTTP/1.1\r\nHost: x\r\n\(rest)")
            let response = try await client.response()
            #expect(response.status == 413)
            #expect(response.body == #"{"message":"Request Entity Too Large"}"#)
            #expect(try await client.readToEnd() == "")
        }
    }

    @Test func acceptsABodyAtTheLimit() async throws {
        try await served { client, _ in
            let body = String(repeating: "x", count: 1_000)
            try await client.send(Self.post(body))
            #expect(try await client.response().body == body)
        }
    }

    @Test(arguments: [
        "nonsense\r\n\r\n", "GET / HTTP/1.1\r\nbad header\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ])
    func respondsToInvalidHTTPWithBadRequest(_ request: String) async throws {
        try await served { client, port in
            try await client.send(request)
            #expect(try await client.response().status == 400)
            #expect(try await client.readToEnd() == "")
            // Other connections are not affected.
            let other = try await RawClient.connect(port: port)
            try await other.send(Self.post("x"))
            #expect(try await other.response().body == "x")
        }
    }

    @Test func replacesAResponseWithInvalidHeadersAndKeepsTheConnection() async throws {
        try await served { client, _ in
            try await client.send("GET /invalid HTTP/1.1\r\nHost: x\r\n\r\n" + Self.post("x"))
            #expect(try await client.response().status == 500)
            #expect(try await client.response().body == "x")
        }
    }

    @Test func streamsAResponseInChunks() async throws {
        try await served { client, _ in
            try await client.send("GET /stream HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(try await client.response().headers["transfer-encoding"] == ["chunked"])
            #expect(try await client.readToEnd() == "3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")
        }
    }

    @Test func survivesClientsThatDisconnectInTheMiddle() async throws {
        try await served { client, port in
            for text in ["", "GET", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab"] {
                let leaving = try await RawClient.connect(port: port)
                try await leaving.send(text)
                try await leaving.close()
            }
            try await client.send(Self.post("x"))
            #expect(try await client.response().body == "x")
        }
    }

    @Test func treatsOtherUpgradesAsOrdinaryRequests() async throws {
        try await served { client, _ in
            try await client.send(Self.post("x", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"))
            #expect(try await client.response().body == "x")
        }
    }
}
