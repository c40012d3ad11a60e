import EmulatorCore
import GatewayCore
import LambdaHost
import NIOCore
import SAMTemplate
import Testing

@testable import WebSocketGateway

@Suite(.timeLimit(.minutes(5))) struct WebSocketMessageTests {
    private static let echo: StubInvoker.Function = { request in
        let body = (try? JSONValue(parsing: request.payload)["body"]?.string) ?? ""
        var json = JSONWriter()
        json.object { json in
            json.field("statusCode", 200)
            json.field("body", body)
        }
        return .response(json.buffer)
    }

    /// The reply to one message. The connection must still be open afterwards.
    private func reply(_ routes: [WebSocketAPI.Route], _ functions: [String: StubInvoker.Function], to text: String)
        async throws -> String
    {
        var reply = ""
        try await GatewayServer.run(routes, functions: functions) { server in
            let client = try await WebSocketClient.open(port: server.port)
            try await client.send(text)
            guard case .text(let received) = try await client.next() else { return }
            reply = received
            try await client.send(opcode: 9, ByteBuffer(string: "still there?"))
            #expect(try await client.next() == .pong("still there?"))
        }
        return reply
    }

    @Test(arguments: [
        (#"{"action":"send-message"}"#, "send-message"), (#"{"action":"other"}"#, "default"), ("no JSON", "default"),
        (#"{"action":"$connect"}"#, "default"), (#"{"action":"$disconnect"}"#, "default"),
        (#"{"action":"$default"}"#, "default"), ("", "default"),
    ])
    func runsTheRouteThatAMessageSelects(_ text: String, _ function: String) async throws {
        let ok = StubInvoker.answering(#"{"statusCode":200}"#)
        let routes: [WebSocketAPI.Route] = [
            .to("$connect"), .to("$disconnect"), .to("$default"), .to("send-message"),
        ]
        let functions = ["connect": ok, "disconnect": ok, "default": ok, "send-message": ok]
        try await GatewayServer.run(routes, functions: functions) { server in
            let client = try await WebSocketClient.open(port: server.port)
            try await client.send(text)
            let event = await server.log.event(of: function)
            #expect(event["body"] == .string(text))
            #expect(await server.log.count(of: "disconnect") == 0)
        }
    }

    @Test func sendsRepliesOnlyForRoutesWithARouteResponse() async throws {
        let answer = StubInvoker.answering(#"{"statusCode":200,"body":"hidden"}"#)
        let routes: [WebSocketAPI.Route] = [.to("quiet"), .to("loud", returns: true)]
        let functions = ["quiet": answer, "loud": Self.echo]
        try await GatewayServer.run(routes, functions: functions) { server in
            let client = try await WebSocketClient.open(port: server.port)
            try await client.send(#"{"action":"quiet"}"#)
            _ = await server.log.event(of: "quiet")
            try await client.send(#"{"action":"loud"}"#)
            #expect(try await client.next() == .text(#"{"action":"loud"}"#))
        }
    }

    @Test func ignoresTheStatusOfAReply() async throws {
        let functions = ["default": StubInvoker.answering(#"{"statusCode":500,"body":"as it is"}"#)]
        #expect(try await reply([.to("$default", returns: true)], functions, to: "x") == "as it is")
    }

    @Test func repliesForbiddenIfNoRouteMatches() async throws {
        let text = try await reply([], [:], to: #"{"action":"x"}"#)
        let pattern = /\{"message": "Forbidden", "connectionId":"[\w-]{15}=", "requestId":"[\w-]{15}="\}/
        #expect(text.wholeMatch(of: pattern) != nil, "\(text)")
    }

    @Test(arguments: [
        ("throws", InvocationResult.Outcome.failure("secret"), "Internal server error"),
        ("returns nothing", InvocationResult.Outcome.answer(""), "Internal server error"),
        (
            "returns unknown keys", InvocationResult.Outcome.answer(#"{"statusCode":200,"x":1}"#),
            "Internal server error"
        ),
        ("is throttled", InvocationResult.Outcome.throttled(reason: ""), "Internal server error"),
        ("takes too long", InvocationResult.Outcome.callerTimeout, "Endpoint request timed out"),
    ])
    func reportsFailuresAsAWSDoes(_: String, _ function: InvocationResult.Outcome, _ message: String) async throws {
        let text = try await reply([.to("$default")], ["default": StubInvoker.always(function)], to: "x")
        #expect(text.hasPrefix(#"{"message": "\#(message)", "connectionId":""#), "\(text)")
        #expect(text.contains(#"=", "requestId":""#))
        #expect(text.hasSuffix(#"="}"#))
    }

    private static let slowAndFast: [WebSocketAPI.Route] = [.to("slow", returns: true), .to("fast", returns: true)]

    /// A function that waits for the gate, and one that does not. Each answers with its name.
    private static func slowAndFast(_ gate: Gate) -> [String: StubInvoker.Function] {
        [
            "slow": { _ in
                await gate.wait()
                return .response(ByteBuffer(string: #"{"statusCode":200,"body":"slow"}"#))
            },
            "fast": StubInvoker.answering(#"{"statusCode":200,"body":"fast"}"#),
        ]
    }

    @Test func processesMessagesOfOneConnectionConcurrently() async throws {
        let gate = Gate()
        try await GatewayServer.run(Self.slowAndFast, functions: Self.slowAndFast(gate)) { server in
            let client = try await WebSocketClient.open(port: server.port)
            try await client.send(#"{"action":"slow"}"#)
            try await client.send(#"{"action":"fast"}"#)
            #expect(try await client.next() == .text("fast"))
            await gate.open()
            #expect(try await client.next() == .text("slow"))
        }
    }

    @Test func processesALimitedNumberOfMessagesOfOneConnectionAtATime() async throws {
        let gate = Gate()
        try await GatewayServer.run(Self.slowAndFast, functions: Self.slowAndFast(gate)) { server in
            let (client, other) = (
                try await WebSocketClient.open(port: server.port), try await WebSocketClient.open(port: server.port)
            )
            for _ in 0..<WebSocketGateway.messagesAtATime { try await client.send(#"{"action":"slow"}"#) }
            _ = await server.log.event(WebSocketGateway.messagesAtATime - 1, of: "slow")
            try await client.send(#"{"action":"fast"}"#)
            // Other connections are served meanwhile.
            try await other.send(#"{"action":"fast"}"#)
            #expect(try await other.next() == .text("fast"))
            #expect(await server.log.count(of: "fast") == 1)
            await gate.open()
            var replies: [WebSocketClient.Received] = []
            for _ in 0...WebSocketGateway.messagesAtATime { replies.append(try await client.next()) }
            #expect(replies.count { $0 == .text("fast") } == 1)
        }
    }

    @Test func processesALimitedAmountOfMessagesOfOneConnectionAtATime() async throws {
        let gate = Gate()
        try await GatewayServer.run(Self.slowAndFast, functions: Self.slowAndFast(gate)) { server in
            let client = try await WebSocketClient.open(port: server.port)
            let padding = String(repeating: "x", count: 100_000)
            let atATime = WebSocketGateway.bytesAtATime / 100_000
            for _ in 0..<atATime { try await client.send(#"{"action":"slow","x":"\#(padding)"}"#) }
            _ = await server.log.event(atATime - 1, of: "slow")
            try await client.send(#"{"action":"fast","x":"\#(padding)"}"#)
            let other = try await WebSocketClient.open(port: server.port)
            try await other.send(#"{"action":"fast"}"#)
            #expect(try await other.next() == .text("fast"))
            #expect(await server.log.count(of: "fast") == 1)
            await gate.open()
            var replies: [WebSocketClient.Received] = []
            for _ in 0...atATime { replies.append(try await client.next()) }
            #expect(replies.count { $0 == .text("fast") } == 1)
        }
    }

    @Test func acceptsAFragmentedMessage() async throws {
        try await GatewayServer.run([.to("$default", returns: true)], functions: ["default": Self.echo]) { server in
            let client = try await WebSocketClient.open(port: server.port)
            try await client.send(opcode: 1, ByteBuffer(string: "one "), first: 0)
            try await client.send(opcode: 9, ByteBuffer(string: "?"))
            try await client.send(opcode: 0, ByteBuffer(string: "two"))
            #expect(try await client.next() == .pong("?"))
            #expect(try await client.next() == .text("one two"))
        }
    }

    @Test func replacesInvalidUTF8InAReply() async throws {
        let functions = ["default": StubInvoker.answering(#"{"statusCode":200,"isBase64Encoded":true,"body":"Yf8="}"#)]
        #expect(try await reply([.to("$default", returns: true)], functions, to: "x") == "a\u{fffd}")
    }

    // MARK: Limits

    @Test func throttlesHandshakesAndMessages() async throws {
        let ok = StubInvoker.answering(#"{"statusCode":200}"#)
        var stage = Stage(name: "live")
        stage.throttling.rate = 0.001
        stage.throttling.burst = 1
        let functions = ["connect": ok, "default": ok]
        try await GatewayServer.run(
            [.to("$connect"), .to("$default")],
            stage: stage,
            functions: functions
        ) { server in
            let client = try await WebSocketClient.open(port: server.port)
            try await client.send("first")
            _ = await server.log.event(of: "default")
            try await client.send("second")
            guard case .text(let text) = try await client.next() else { return }
            let pattern = /\{"message": "Too Many Requests", "connectionId":"[\w-]{15}=", "requestId":"[\w-]{15}="\}/
            #expect(text.wholeMatch(of: pattern) != nil, "\(text)")
            let refused = try await WebSocketClient.begin(port: server.port).raw.response()
            #expect(refused.status == 429)
            #expect(await server.log.count(of: "default") == 1)
            #expect(await server.log.count(of: "connect") == 1)
        }
    }

    @Test func acceptsAMessageOf128KiB() async throws {
        let text = String(repeating: "x", count: 131_072)
        #expect(try await reply([.to("$default", returns: true)], ["default": Self.echo], to: text) == text)
    }

    @Test(arguments: [131_073, 1_000_000])
    func closesOnALongerMessageWithAReadableReason(_ size: Int) async throws {
        try await GatewayServer.run(functions: [:]) { server in
            let client = try await WebSocketClient.open(port: server.port)
            // The second message checks that unread bytes do not turn the close frame into a reset.
            let frame = WebSocketClient.frame(opcode: 1, ByteBuffer(repeating: UInt8(ascii: "x"), count: size))
            var both = frame
            both.writeImmutableBuffer(frame)
            try await client.raw.send(both)
            guard case .close(1009, _) = try await client.next() else {
                Issue.record("There is no close frame with code 1009.")
                return
            }
            try await client.close(code: 1009)
            #expect(try await client.raw.readToEnd() == "")
        }
    }

    @Test(arguments: [(2 as UInt8, "x", 1003), (1, "\u{0}", 0), (3, "x", 1002), (0, "x", 1002)])
    func closesOnInvalidFrames(_ opcode: UInt8, _ text: String, _ code: Int) async throws {
        try await GatewayServer.run([.to("$default", returns: true)], functions: ["default": Self.echo]) { server in
            let client = try await WebSocketClient.open(port: server.port)
            try await client.send(opcode: opcode, ByteBuffer(string: text))
            switch try await client.next() {
            case .close(let received, _): #expect(received == code)
            case .text(let echoed): #expect(code == 0 && echoed == text)
            case .pong: Issue.record("A pong without a ping")
            }
        }
    }

    @Test func closesOnInvalidUTF8() async throws {
        try await GatewayServer.run(functions: [:]) { server in
            let client = try await WebSocketClient.open(port: server.port)
            try await client.send(opcode: 1, ByteBuffer(bytes: [0xff]))
            #expect(try await client.next() == .close(1007, "Text is not UTF-8"))
        }
    }
}
