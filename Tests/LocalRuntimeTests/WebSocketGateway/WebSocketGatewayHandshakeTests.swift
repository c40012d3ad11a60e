import EmulatorCore
import GatewayCore
import LambdaHost
import NIOCore
import NIOHTTP1
import SAMTemplate
import Testing
import WebSocketGateway

@Suite(.timeLimit(.minutes(5))) struct WebSocketHandshakeTests {
    private static let ok = StubInvoker.answering(#"{"statusCode":200}"#)

    /// The response to a handshake on an API with these routes.
    private func response(
        _ routes: [WebSocketAPI.Route],
        _ functions: [String: StubInvoker.Function],
        target: String = "/live"
    ) async throws -> RawClient.Response {
        var response: RawClient.Response?
        try await GatewayServer.run(routes, functions: functions) { server in
            response = try await WebSocketClient.begin(port: server.port, target: target).raw.response()
        }
        return try #require(response)
    }

    @Test func opensWithoutAConnectRoute() async throws {
        #expect(try await response([], [:]).status == 101)
    }

    @Test(arguments: [200, 201, 204, 299])
    func opensOnAnySuccessStatus(_ status: Int) async throws {
        let response = try await response(
            [.to("$connect")],
            ["connect": StubInvoker.answering("{\"statusCode\":\(status)}")]
        )
        #expect(response.status == 101)
        #expect(response.headers["sec-websocket-accept"] == ["s3pPLMBiTxaQ9kYGzzhZRbK+xOo="])
    }

    @Test(arguments: [301, 304, 400, 401, 403, 404, 418, 500, 501, 503])
    func refusesWithAnyOtherStatusOfTheFunction(_ status: Int) async throws {
        let response = try await response(
            [.to("$connect")],
            ["connect": StubInvoker.answering("{\"statusCode\":\(status)}")]
        )
        #expect(response.status == status)
    }

    @Test(arguments: [
        ("throws", InvocationResult.Outcome.failure("x"), 502, "Internal server error"),
        ("returns null", InvocationResult.Outcome.answer("null"), 502, "Internal server error"),
        ("returns 101", InvocationResult.Outcome.answer(#"{"statusCode":101}"#), 502, "Internal server error"),
        ("takes too long", InvocationResult.Outcome.callerTimeout, 504, "Endpoint request timed out"),
        ("is throttled", InvocationResult.Outcome.throttled(reason: ""), 502, "Internal server error"),
    ])
    func refusesIfTheFunctionFails(
        _: String,
        _ function: InvocationResult.Outcome,
        _ status: Int,
        _ message: String
    ) async throws {
        let response = try await response([.to("$connect")], ["connect": StubInvoker.always(function)])
        #expect(response.status == status)
        let body = try JSONValue(parsing: ByteBuffer(string: response.body))
        #expect(body["message"] == .string(message))
        #expect(GatewayIdentifier.isWellFormed(body["connectionId"]?.string ?? ""))
        #expect(GatewayIdentifier.isWellFormed(body["requestId"]?.string ?? ""))
    }

    @Test func keepsTheHandshakePendingUntilConnectReturns() async throws {
        let gate = Gate()
        let functions: [String: StubInvoker.Function] = [
            "connect": { _ in
                await gate.wait()
                return .response(ByteBuffer(string: #"{"statusCode":200}"#))
            },
            "default": StubInvoker.answering(#"{"statusCode":200,"body":"pong"}"#),
        ]
        let routes: [WebSocketAPI.Route] = [.to("$connect"), .to("$default", returns: true)]
        try await GatewayServer.run(routes, functions: functions) { server in
            let client = try await WebSocketClient.begin(port: server.port)
            // A frame that is sent too early has to wait as well.
            try await client.send("ping")
            _ = await server.log.event(of: "connect")
            #expect(await server.log.count(of: "default") == 0)
            #expect(server.webSocket.connectionCount == 0)
            await gate.open()
            #expect(try await client.raw.response().status == 101)
            #expect(try await client.next() == .text("pong"))
        }
    }

    @Test func respondsToAPlainRequestWithUpgradeRequired() async throws {
        try await GatewayServer.run(functions: [:]) { server in
            let client = try await RawClient.connect(port: server.port)
            try await client.send("GET /live HTTP/1.1\r\nHost: x\r\n\r\n")
            let response = try await client.response()
            #expect(response.status == 426)
            #expect(response.headers["upgrade"] == ["websocket"])
        }
    }

    @Test func echoesTheSubprotocolFromTheFunction() async throws {
        let function = StubInvoker.answering(#"{"statusCode":200,"headers":{"sec-websocket-protocol":"chat"}}"#)
        let response = try await response([.to("$connect")], ["connect": function])
        #expect(response.headers["Sec-WebSocket-Protocol"] == ["chat"])
    }

    @Test func refusesASubprotocolThatWouldSplitTheResponse() async throws {
        let function = StubInvoker.answering(
            #"{"statusCode":200,"headers":{"Sec-WebSocket-Protocol":"x\r\nSet-Cookie: y"}}"#
        )
        let response = try await response([.to("$connect")], ["connect": function])
        #expect(response.status == 502)
        #expect(response.headers["set-cookie"] == [])
    }

    @Test func refusesAURLThatIsTooLong() async throws {
        let target = "/live?x=" + String(repeating: "y", count: 4_096 - 8)
        #expect(try await response([], [:], target: target).status == 101)
        #expect(try await response([], [:], target: target + "y").status == 414)
    }

    // MARK: Clients that disconnect early

    @Test func runsDisconnectOnceIfTheClientLeavesDuringConnect() async throws {
        let gate = Gate()
        let log = CallLog()
        let functions: [String: StubInvoker.Function] = [
            "connect": { _ in
                await gate.wait()
                return .response(ByteBuffer(string: #"{"statusCode":200}"#))
            },
            "disconnect": Self.ok,
        ]
        try await GatewayServer.run([.to("$connect"), .to("$disconnect")], functions: functions, log: log) { server in
            let client = try await WebSocketClient.begin(port: server.port)
            let connect = await log.event(of: "connect")
            try await client.raw.close()
            // After a round trip on every event loop the server has noticed.
            for _ in 0..<8 {
                let other = try await RawClient.connect(port: server.port)
                try await other.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                _ = try await other.response()
            }
            await gate.open()
            let disconnect = await log.event(of: "disconnect")
            #expect(disconnect["requestContext"]?["connectionId"] == connect["requestContext"]?["connectionId"])
            #expect(disconnect["requestContext"]?["disconnectStatusCode"] == .integer(1006))
            #expect(server.webSocket.connectionCount == 0)
        }
        #expect(await log.count(of: "disconnect") == 1)
    }

    @Test func runsNoDisconnectAfterARefusedHandshake() async throws {
        let log = CallLog()
        let functions = ["connect": StubInvoker.answering(#"{"statusCode":403}"#), "disconnect": Self.ok]
        try await GatewayServer.run([.to("$connect"), .to("$disconnect")], functions: functions, log: log) { server in
            let client = try await WebSocketClient.begin(port: server.port)
            #expect(try await client.raw.response().status == 403)
            try await client.raw.close()
        }
        #expect(await log.count(of: "disconnect") == 0)
    }

    // MARK: Rules of RFC 6455

    @Test(arguments: [
        ("Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", 426),
        ("Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short", 400), ("Sec-WebSocket-Version: 13", 400),
        ("Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", 101),
    ])
    func validatesHandshakes(_ headers: String, _ status: Int) async throws {
        try await GatewayServer.run(functions: [:]) { server in
            let client = try await RawClient.connect(port: server.port)
            let head = "GET /live HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: h2c, WebSocket\r\n"
            // In small pieces, as from a very slow network.
            var unsent = ByteBuffer(string: head + headers + "\r\n\r\n")
            while let piece = unsent.readSlice(length: min(7, max(1, unsent.readableBytes))) {
                try await client.send(piece)
            }
            #expect(try await client.response().status == status)
        }
    }

    @Test func closesTheConnectionAfterARefusal() async throws {
        let functions = ["connect": StubInvoker.answering(#"{"statusCode":401}"#)]
        try await GatewayServer.run([.to("$connect")], functions: functions) { server in
            let client = try await WebSocketClient.begin(port: server.port)
            let response = try await client.raw.response()
            #expect(response.status == 401)
            #expect(response.headers["connection"] == ["close"])
            #expect(try await client.raw.readToEnd() == "")
        }
    }
}
