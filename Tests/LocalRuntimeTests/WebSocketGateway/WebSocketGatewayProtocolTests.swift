import HTTPListener
import NIOCore
import Testing

/// Clients that break the WebSocket protocol: https://www.rfc-editor.org/rfc/rfc6455#section-7.1.7
@Suite(.timeLimit(.minutes(5))) struct WebSocketGatewayProtocolTests {
    struct Violation: Sendable, CustomTestStringConvertible {
        var name: String
        var bytes: [UInt8]
        var code: Int

        init(_ name: String, _ bytes: [UInt8], _ code: Int) {
            (self.name, self.bytes, self.code) = (name, bytes, code)
        }

        /// A masked frame with a mask of zeros.
        static func frame(_ name: String, _ first: UInt8, _ payload: [UInt8], _ code: Int) -> Violation {
            Violation(name, [first, 0x80 | UInt8(payload.count), 0, 0, 0, 0] + payload, code)
        }

        var testDescription: String { name }
    }

    static let violations: [Violation] = [
        .frame("close with one byte", 0x88, [0x03], 1002),
        .frame("close with code 0", 0x88, [0, 0], 1002),
        .frame("close with code 999", 0x88, [0x03, 0xe7], 1002),
        .frame("close with code 1004", 0x88, [0x03, 0xec], 1002),
        .frame("close with code 1005", 0x88, [0x03, 0xed], 1002),
        .frame("close with code 1006", 0x88, [0x03, 0xee], 1002),
        .frame("close with code 1016", 0x88, [0x03, 0xf8], 1002),
        .frame("close with code 2999", 0x88, [0x0b, 0xb7], 1002),
        .frame("close with code 5000", 0x88, [0x13, 0x88], 1002),
        .frame("close with a reason that is not UTF-8", 0x88, [0x03, 0xe8, 0xff], 1007),
        .frame("close in fragments", 0x08, [0x03, 0xe8], 1002),
        .frame("ping in fragments", 0x09, [], 1002),
        .frame("text with RSV1", 0xc1, [0x61], 1002),
        .frame("ping with RSV3", 0x99, [], 1002),
        .frame("opcode 3", 0x83, [], 1002),
        .frame("opcode 11", 0x8b, [], 1002),
        .frame("continuation of nothing", 0x80, [0x61], 1002),
        .frame("text that is not UTF-8", 0x81, [0xff], 1007),
        .frame("binary", 0x82, [0x61], 1003),
        Violation("text without a mask", [0x81, 0x01, 0x61], 1002),
        Violation("text in text", [0x01, 0x80, 0, 0, 0, 0, 0x81, 0x80, 0, 0, 0, 0], 1002),
        // Only the header: nothing of the payload has to arrive.
        Violation("ping of 126 bytes", [0x89, 0xfe, 0, 126, 0, 0, 0, 0], 1002),
        Violation("text of 16 MiB", [0x81, 0xff, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0], 1009),
        Violation("text of 131,073 bytes", [0x81, 0xff, 0, 0, 0, 0, 0, 2, 0, 1, 0, 0, 0, 0], 1009),
        Violation("continuation of 2^62 bytes", [0x80, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 1009),
        Violation("text of 2^64-1 bytes", [0x81] + [UInt8](repeating: 0xff, count: 9), 1009),
    ]

    /// The client neither answers the close frame nor closes the connection.
    @Test(arguments: violations) func endsTheConnectionItself(_ violation: Violation) async throws {
        try await GatewayServer.run(functions: [:]) { server in
            let client = try await WebSocketClient.open(port: server.port)
            try await client.raw.send(ByteBuffer(bytes: violation.bytes))
            guard case .close(violation.code, _) = try await client.next() else {
                Issue.record("There is no close frame with code \(violation.code).")
                return
            }
            #expect(try await client.raw.readToEnd() == "")
        }
    }

    @Test(arguments: [1000, 1001, 1014, 3000, 4999]) func answersAValidCloseFrame(_ code: UInt16) async throws {
        try await GatewayServer.run(functions: [:]) { server in
            let client = try await WebSocketClient.open(port: server.port)
            try await client.close(code: code, reason: "bye")
            #expect(try await client.next() == .close(Int(code), ""))
            #expect(try await client.raw.readToEnd() == "")
        }
    }

    @Test(arguments: [UInt8(9), 10]) func endsAConnectionThatSendsTooManyControlFrames(opcode: UInt8) async throws {
        try await GatewayServer.run(functions: [:]) { server in
            let client = try await WebSocketClient.open(port: server.port)
            var frames = ByteBuffer()
            for _ in 0..<10_000 { frames.writeImmutableBuffer(WebSocketClient.frame(opcode: opcode, ByteBuffer())) }
            try await client.raw.send(frames)
            var received = try await client.next()
            while received == .pong("") { received = try await client.next() }
            #expect(received == .close(1008, "Too many control frames"))
        }
    }

    /// Pongs for a client that does not read wait in memory, so their number is limited.
    @Test func endsAConnectionThatPingsAndDoesNotRead() async throws {
        try await GatewayServer.run(functions: [:]) { server in
            let client = try await WebSocketClient.open(port: server.port, reading: false)
            var pings = ByteBuffer()
            for _ in 0..<1_000 {
                pings.writeImmutableBuffer(WebSocketClient.frame(opcode: 9, ByteBuffer(repeating: 0, count: 125)))
            }
            await #expect(throws: (any Error).self) {
                for _ in 0..<10_000 { try await client.raw.send(pings) }
            }
        }
    }
}
