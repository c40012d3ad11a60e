import HTTPListener
import NIOCore
import NIOHTTP1
import Testing

/// Answers with a long body: in memory, as a stream, or as a stream of known length.
private struct LongResponder: RequestResponder {
    static let length = 9_000_000

    func handler(for head: IncomingRequest) -> RequestHandler {
        guard head.path == "/streaming" else { return .buffered { await respond(to: $0) } }
        return .streaming { head, _ in await respond(to: head) }
    }

    func respond(to request: IncomingRequest) async -> OutgoingResponse {
        let bytes = ByteBuffer(repeating: UInt8(ascii: "x"), count: Self.length)
        guard request.path.hasPrefix("/stream") else { return OutgoingResponse(status: .ok, body: .bytes(bytes)) }
        return OutgoingResponse(
            status: .ok,
            headers: request.path == "/streaming" ? ["Content-Length": "\(Self.length)"] : [:],
            body: .stream(
                AsyncThrowingStream { continuation in
                    var rest = bytes
                    while let part = rest.readSlice(length: 1_000_000) { continuation.yield(part) }
                    continuation.finish()
                }
            )
        )
    }

    func upgrade(_ request: IncomingRequest) async -> UpgradeDecision {
        .refuse(OutgoingResponse(status: .forbidden))
    }
}

/// The responses here exceed the socket buffers, and the clients begin to read late.
@Suite(.timeLimit(.minutes(5))) struct HTTPListenerClosingTests {
    private func served(_ body: (RawClient) async throws -> Void) async throws {
        try await HTTPListener.serving(LongResponder()) { port in
            try await body(try await RawClient.connect(port: port, reading: false))
        }
    }

    /// The bytes after the head of the only response.
    private static func bodyLength(_ client: RawClient) async throws -> Int {
        try await client.startReading()
        let text = try await client.readToEnd()
        let end = try #require(text.firstRange(of: "\r\n\r\n"))
        return text.utf8.distance(from: end.upperBound, to: text.endIndex)
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.0\r\nHost: x\r\n\r\n", "GET / HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n",
        "GET /streaming HTTP/1.1\r\nHost: x\r\n\r\n", "GET /streaming HTTP/1.0\r\nHost: x\r\n\r\n",
        "POST /streaming HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody",
    ])
    func sendsTheWholeResponseToAClientThatHasEndedItsSide(request: String) async throws {
        try await served { client in
            try await client.send(request)
            try await client.channel.close(mode: .output).get()
            #expect(try await Self.bodyLength(client) == LongResponder.length)
        }
    }

    /// Closing a socket with unread input resets the connection.
    @Test(arguments: [1, 100_000])
    func sendsTheWholeResponseToAClientThatSendsMoreThanItsLastRequest(count: Int) async throws {
        try await served { client in
            try await client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            let another = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
            try await client.send(String(repeating: another, count: count / another.utf8.count + 1))
            #expect(try await Self.bodyLength(client) == LongResponder.length)
        }
    }

    @Test(arguments: ["", "Connection: keep-alive\r\n"])
    func endsAStreamForAnHTTP10ClientWithTheConnection(header: String) async throws {
        try await served { client in
            try await client.send("GET /stream HTTP/1.0\r\nHost: x\r\n\(header)\r\n")
            #expect(try await Self.bodyLength(client) == LongResponder.length)
        }
    }

    @Test func sendsNoContinueToAnHTTP10Client() async throws {
        try await served { client in
            try await client.startReading()
            try await client.send("POST / HTTP/1.0\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx")
            #expect(try await client.response().status == 200)
        }
    }
}
