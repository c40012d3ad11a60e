import HTTPListener
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

/// Echoes bodies, except that requests for `/wait` and handshakes wait for the gate.
private struct WaitingResponder: RequestResponder {
    let gate: Gate
    let arrivals = AsyncStream.makeStream(of: Void.self)

    func respond(to request: IncomingRequest) async -> OutgoingResponse {
        guard request.path == "/wait" || request.method == .CONNECT else {
            return OutgoingResponse(status: .ok, body: .bytes(request.body))
        }
        arrivals.continuation.yield()
        await gate.wait()
        return OutgoingResponse(status: .noContent)
    }

    func upgrade(_ request: IncomingRequest) async -> UpgradeDecision {
        arrivals.continuation.yield()
        await gate.wait()
        return .refuse(OutgoingResponse(status: .forbidden))
    }
}

@Suite(.timeLimit(.minutes(5))) struct InputGateTests {
    private static let handshake = """
        Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n
        """
    private let gate = Gate()

    private func served(
        discarding: Int = 64 * 1_024 * 1_024,
        _ body: (RawClient, WaitingResponder, Int) async throws -> Void
    ) async throws {
        var limits = HTTPListener.Limits()
        limits.discardedInput = discarding
        let responder = WaitingResponder(gate: gate)
        try await HTTPListener.serving(responder, limits: limits) { port in
            try await body(try await RawClient.connect(port: port), responder, port)
        }
    }

    /// The socket buffers take less than what the client sends.
    @Test(arguments: [
        "GET / HTTP/1.1\r\n\(handshake)\r\n", "CONNECT a:1 HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /wait HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
        "GET /wait HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n\r\nCONNECT a:1 HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /wait HTTP/1.1\r\n\(handshake)\r\n",
    ])
    func readsNothingAfterTheLastRequestUntilItIsAnswered(request: String) async throws {
        try await served { client, responder, port in
            try await client.send(request)
            for await _ in responder.arrivals.stream { break }
            let isWritten = Atomic(false)
            let written = client.channel.eventLoop.makePromise(of: Void.self)
            written.futureResult.whenSuccess { isWritten.store(true, ordering: .relaxed) }
            client.channel.writeAndFlush(ByteBuffer(repeating: 0, count: 32_000_000), promise: written)
            let other = try await RawClient.connect(port: port)
            for _ in 0..<200 {
                try await other.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx")
                #expect(try await other.response().body == "x")
            }
            let hasReadAll = isWritten.load(ordering: .relaxed)
            #expect(!hasReadAll)
            await gate.open()
            try await written.futureResult.get()
            #expect(try await client.readToEnd().contains("onnection: close"))
        }
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\n\(handshake)Content-Length: 5\r\n\r\nhello", "CONNECT a:1 HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\n\(handshake)\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n",
    ])
    func dropsALimitedAmountAfterTheLastResponse(request: String) async throws {
        try await served(discarding: 1_000_000) { client, _, _ in
            await gate.open()
            try await client.send(request)
            _ = try await client.response()
            await #expect(throws: (any Error).self) {
                for _ in 0..<100 { try await client.send(ByteBuffer(repeating: 0, count: 1_000_000)) }
            }
        }
    }

    @Test(arguments: [
        "Content-Length: 5\r\n\r\nhello", "Content-Length: 5\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n",
    ])
    func refusesAHandshakeWithABody(rest: String) async throws {
        try await served { client, _, _ in
            try await client.send("GET / HTTP/1.1\r\n\(Self.handshake)\(rest)")
            #expect(try await client.response().status == 400)
            #expect(try await client.readToEnd() == "")
        }
    }

    @Test(arguments: [
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;a=", "",
    ])
    func endsAConnectionThatBringsNoPartOfARequest(beginning: String) async throws {
        try await served { client, _, _ in
            try await client.send(beginning)
            await #expect(throws: (any Error).self) {
                for _ in 0..<100 {
                    try await client.send(String(repeating: beginning.isEmpty ? "\r\n" : "aa", count: 500_000))
                }
            }
        }
    }

    // MARK: Portions

    @Test(arguments: [1, 7, 300, 5_000]) func receivesAllChunksInOrder(size: Int) async throws {
        try await served { client, _, _ in
            let chunks = (0..<2_000).map { number in String(repeating: "\(number % 10)", count: size) }
            let body = chunks.map { "\(String(size, radix: 16))\r\n\($0)\r\n" }.joined()
            try await client.send(
                "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n\(body)0\r\n\r\n"
            )
            #expect(try await client.response().body == chunks.joined())
        }
    }

    @Test(arguments: [false, true]) func answersManyPipelinedRequests(endsItsSide: Bool) async throws {
        try await served { client, _, _ in
            let requests = (0..<60).map { "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n\(1_000 + $0)" }
            try await client.send(requests.joined())
            if endsItsSide { try await client.channel.close(mode: .output).get() }
            for number in 0..<60 { #expect(try await client.response().body == "\(1_000 + number)") }
        }
    }
}
