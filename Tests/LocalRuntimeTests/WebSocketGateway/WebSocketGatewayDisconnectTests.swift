import EmulatorCore
import GatewayCore
import NIOCore
import SAMTemplate
import Testing
import WebSocketGateway

@Suite(.timeLimit(.minutes(5))) struct WebSocketDisconnectTests {
    private static let ok = StubInvoker.answering(#"{"statusCode":200}"#)

    /// The status code and the reason in the event of `$disconnect`, after an action on a connection.
    private func reportedClosure(
        limits: WebSocketGateway.Limits = .init(),
        after act: (WebSocketClient, GatewayServer) async throws -> Void
    ) async throws -> String {
        let log = CallLog()
        var event = JSONValue.null
        try await GatewayServer.run(
            [.to("$disconnect")],
            limits: limits,
            functions: ["disconnect": Self.ok],
            log: log
        ) { server in
            let client = try await WebSocketClient.open(port: server.port)
            try await act(client, server)
            event = await log.event(of: "disconnect")
            #expect(server.webSocket.connectionCount == 0)
        }
        #expect(await log.count(of: "disconnect") == 1)
        let context = event["requestContext"]
        #expect(context?["eventType"] == .string("DISCONNECT"))
        return "\(context?["disconnectStatusCode"]?.scalarText ?? "-") \(context?["disconnectReason"]?.string ?? "-")"
    }

    @Test(arguments: [
        (nil as UInt16?, "", "1005 Client-side close frame status not set", 1005), (1000, "", "1000 ", 1000),
        (1001, "", "1001 ", 1001), (4001, "bye", "4001 bye", 4001),
    ])
    func reportsTheClientsCloseCode(_ code: UInt16?, _ reason: String, _ expected: String, _ echoed: Int) async throws {
        let reported = try await reportedClosure { client, _ in
            try await client.close(code: code, reason: reason)
            #expect(try await client.next() == .close(echoed, ""))
            #expect(try await client.raw.readToEnd() == "")
        }
        #expect(reported == expected)
    }

    @Test func reportsALostConnectionAs1006() async throws {
        #expect(try await reportedClosure { client, _ in try await client.raw.close() } == "1006 ")
    }

    @Test func reportsAHalfClosedConnectionAs1006() async throws {
        let reported = try await reportedClosure { client, _ in try await client.raw.channel.close(mode: .output).get()
        }
        #expect(reported == "1006 ")
    }

    @Test func closesConnectionsWhenItStops() async throws {
        let reported = try await reportedClosure { client, server in
            server.webSocket.stop()
            #expect(try await client.next() == .close(1001, "Going away"))
            try await client.close(code: 1001)
            let late = try await WebSocketClient.begin(port: server.port)
            #expect(try await late.raw.response().status == 503)
        }
        #expect(reported == "1001 Going away")
    }

    @Test(arguments: [true, false])
    func closesExpiredConnections(_ isIdle: Bool) async throws {
        var limits = WebSocketGateway.Limits()
        if isIdle { limits.idle = 0 } else { limits.duration = 0 }
        let reported = try await reportedClosure(limits: limits) { client, server in
            server.webSocket.closeExpired()
            #expect(try await client.next() == .close(1001, "Going away"))
            try await client.close(code: 1001)
        }
        #expect(reported == "1001 Going away")
    }

    @Test func keepsConnectionsWithinTheirLimits() async throws {
        let reported = try await reportedClosure { client, server in
            server.webSocket.closeExpired()
            try await client.send(opcode: 9, ByteBuffer(string: "?"))
            #expect(try await client.next() == .pong("?"))
            try await client.close(code: 1000)
        }
        #expect(reported == "1000 ")
    }

    @Test func reportsTheCodeOfAProtocolViolation() async throws {
        let reported = try await reportedClosure { client, _ in
            try await client.send(opcode: 2, ByteBuffer(string: "x"))
            #expect(try await client.next() == .close(1003, "Binary frames are not supported"))
            try await client.close(code: 1003)
        }
        #expect(reported == "1003 Binary frames are not supported")
    }

    @Test func removesTwoThousandClosedConnections() async throws {
        let log = CallLog()
        try await GatewayServer.run([.to("$disconnect")], functions: ["disconnect": Self.ok], log: log) { server in
            for round in 0..<20 {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<100 {
                        group.addTask {
                            let client = try await WebSocketClient.open(port: server.port)
                            try await client.raw.close()
                        }
                    }
                    try await group.waitForAll()
                }
                _ = await log.event(round * 100 + 99, of: "disconnect")
            }
            #expect(server.webSocket.connectionCount == 0)
        }
        #expect(await log.count(of: "disconnect") == 2_000)
    }
}
