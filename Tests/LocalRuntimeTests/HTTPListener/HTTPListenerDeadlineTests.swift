import NIOCore
import NIOHTTP1
import Testing

@testable import HTTPListener

@Suite(.timeLimit(.minutes(5))) struct HTTPListenerDeadlineTests {
    private struct Echo: RequestResponder {
        func respond(to request: IncomingRequest) async -> OutgoingResponse {
            OutgoingResponse(status: .ok, body: .bytes(request.body))
        }

        func upgrade(_ request: IncomingRequest) async -> UpgradeDecision {
            .refuse(OutgoingResponse(status: .forbidden))
        }
    }

    private func served(_ change: (inout HTTPListener.Limits) -> Void, _ body: (Int) async throws -> Void) async throws
    {
        var limits = HTTPListener.Limits()
        change(&limits)
        try await HTTPListener.serving(Echo(), limits: limits) { port in
            try await body(port)
        }
    }

    @Test(arguments: [
        "", "G", "GET / HT", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: x\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 5\r\nX: y",
    ])
    func endsAConnectionWithoutAWholeHead(_ beginning: String) async throws {
        try await served({ $0.requestHead = .milliseconds(100) }) { port in
            let client = try await RawClient.connect(port: port)
            try await client.send(beginning)
            #expect(try await client.readToEnd() == "")
        }
    }

    @Test(arguments: [
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        "PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n",
    ])
    func endsAConnectionWithoutAWholeBody(_ beginning: String) async throws {
        try await served({ $0.bodyPause = .milliseconds(100) }) { port in
            let client = try await RawClient.connect(port: port)
            try await client.send(beginning)
            #expect(try await client.readToEnd() == "")
        }
    }

    @Test(arguments: ["", "GET / HTTP/1.1\r\nHost"]) func endsAnIdleConnection(_ next: String) async throws {
        try await served({
            if next.isEmpty { $0.idle = .milliseconds(100) } else { $0.requestHead = .seconds(3) }
        }) { port in
            let client = try await RawClient.connect(port: port)
            try await client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab")
            #expect(try await client.response().body == "ab")
            if !next.isEmpty { try await client.send(next) }
            #expect(try await client.readToEnd() == "")
        }
    }

    @Test func letsABodyPauseButNotCrawl() {
        let begin = NIODeadline.uptimeNanoseconds(0)
        var budget = BodyBudget(begin: begin, pause: .seconds(20))
        #expect(budget.allowance(at: begin) == .seconds(20))
        #expect(budget.allowance(at: begin + .seconds(50)) == .seconds(10))
        #expect(budget.allowance(at: begin + .seconds(60)) == .seconds(0))
        budget.add(10 * 1_024)
        #expect(budget.allowance(at: begin + .seconds(60)) == .seconds(10))
        budget.add(1_024 * 1_024)
        #expect(budget.allowance(at: begin + .minutes(10)) == .seconds(20))
    }
}
