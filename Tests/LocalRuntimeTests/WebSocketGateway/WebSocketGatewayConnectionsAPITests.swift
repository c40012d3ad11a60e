import AWSSignature
import EmulatorCore
import FoundationEssentials
import GatewayCore
import HTTPListener
import LambdaHost
import NIOCore
import NIOHTTP1
import SAMTemplate
import Testing
import WebSocketGateway

@Suite(.timeLimit(.minutes(5))) struct ConnectionsAPITests {
    private static let ok = StubInvoker.answering(#"{"statusCode":200}"#)
    private static let routes: [WebSocketAPI.Route] = [.to("$connect"), .to("$disconnect")]
    private static let functions = ["connect": ok, "disconnect": ok]

    /// Runs the body with one client connected.
    private func connected(
        _ body: (_ client: WebSocketClient, _ id: String, _ api: ConnectionsClient, _ server: GatewayServer)
            async throws
            -> Void
    ) async throws {
        try await GatewayServer.run(Self.routes, functions: Self.functions) { server in
            let client = try await WebSocketClient.open(port: server.port, headers: ["User-Agent": "test/1"])
            let id = await server.log.event(of: "connect")["requestContext"]?["connectionId"]?.string ?? ""
            try await body(client, id, ConnectionsClient(port: server.port), server)
        }
    }

    @Test(arguments: ["@connections", "%40connections"], [false, true])
    func postsAMessage(_ word: String, _ isEncoded: Bool) async throws {
        try await connected { client, id, api, _ in
            let id = isEncoded ? id.replacing("=", with: "%3D") : id
            let response = try await api.call("POST", "/live/\(word)/\(id)", body: "hällo")
            #expect(response.status == 200)
            #expect(response.body == "")
            #expect(try await client.next() == .text("hällo"))
        }
    }

    /// A client may pass its id on as soon as it has read the 101 response.
    @Test func postsToAConnectionRightAfterItsHandshake() async throws {
        try await connected { client, id, api, _ in
            for number in 0..<10 {
                let status = try await api.call("POST", "/live/@connections/\(id)", body: "\(number)").status
                #expect(status == 200)
                #expect(try await client.next() == .text("\(number)"))
            }
        }
    }

    @Test func describesAConnection() async throws {
        try await connected { _, id, api, _ in
            let response = try await api.call("GET", "/live/@connections/\(id)")
            #expect(response.status == 200)
            let body = try JSONValue(parsing: ByteBuffer(string: response.body))
            #expect(body["identity"] == .object(["sourceIp": .string("127.0.0.1"), "userAgent": .string("test/1")]))
            for key in ["connectedAt", "lastActiveAt"] {
                let time = try #require(body[key]?.string)
                #expect(time.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil)
            }
            guard case .object(let fields) = body else { return }
            #expect(Set(fields.keys) == ["connectedAt", "identity", "lastActiveAt"])
        }
    }

    @Test func deleteClosesTheConnectionAndRunsDisconnectOnce() async throws {
        let log = CallLog()
        try await GatewayServer.run(Self.routes, functions: Self.functions, log: log) { server in
            let client = try await WebSocketClient.open(port: server.port)
            let id = await log.event(of: "connect")["requestContext"]?["connectionId"]?.string ?? ""
            let api = ConnectionsClient(port: server.port)
            #expect(try await api.call("DELETE", "/live/@connections/\(id)").status == 204)
            #expect(try await api.call("DELETE", "/live/@connections/\(id)").status == 410)
            #expect(try await api.call("POST", "/live/@connections/\(id)", body: "x").status == 410)
            #expect(try await client.next() == .close(1000, "Connection Closed Normally"))
            try await client.close(code: 1000)
            #expect(try await client.raw.readToEnd() == "")
            let context = await log.event(of: "disconnect")["requestContext"]
            #expect(context?["disconnectStatusCode"] == .integer(1000))
            #expect(context?["disconnectReason"] == .string("Connection Closed Normally"))
        }
        #expect(await log.count(of: "disconnect") == 1)
    }

    @Test func endsAClientThatKeepsSendingAfterDelete() async throws {
        try await connected { client, id, api, server in
            let status = try await api.call("DELETE", "/live/@connections/\(id)").status
            #expect(status == 204)
            let message = WebSocketClient.frame(opcode: 1, ByteBuffer(string: #"{"action":"x"}"#))
            var messages = ByteBuffer()
            for _ in 0..<1_000 { messages.writeImmutableBuffer(message) }
            var sent = 0
            // The socket's buffers and the limit together hold less.
            while sent < 1_000, (try? await client.raw.send(messages)) != nil { sent += 1 }
            #expect(sent < 1_000)
            let context = await server.log.event(of: "disconnect")["requestContext"]
            #expect(context?["disconnectStatusCode"] == .integer(1000))
            #expect(await server.log.count(of: "default") == 0)
        }
    }

    @Test(arguments: ["POST", "GET", "DELETE"])
    func respondsWithGoneAfterTheClientDisconnected(_ method: String) async throws {
        try await connected { client, id, api, server in
            try await client.close()
            _ = await server.log.event(of: "disconnect")
            let response = try await api.call(method, "/live/@connections/\(id)", body: method == "POST" ? "x" : "")
            #expect(response.status == 410)
            #expect(response.headers["x-amzn-ErrorType"] == ["GoneException"])
            #expect(response.body == "")
        }
    }

    @Test func respondsWithGoneDuringTheConnectionsOwnConnect() async throws {
        let log = CallLog()
        let gate = Gate()
        let functions: [String: StubInvoker.Function] = [
            "connect": { _ in
                await gate.wait()
                return .response(ByteBuffer(string: #"{"statusCode":200}"#))
            }
        ]
        try await GatewayServer.run([.to("$connect")], functions: functions, log: log) { server in
            let client = try await WebSocketClient.begin(port: server.port)
            let id = await log.event(of: "connect")["requestContext"]?["connectionId"]?.string ?? ""
            let api = ConnectionsClient(port: server.port)
            #expect(try await api.call("POST", "/live/@connections/\(id)", body: "x").status == 410)
            await gate.open()
            #expect(try await client.raw.response().status == 101)
        }
    }

    @Test(arguments: ["abc", "R1kmxc2VNjMCFIAA", "R1kmxc2VNjMCFIA%3DR1kmxc2VNjMCFIA%3D"])
    func refusesMalformedIDs(_ id: String) async throws {
        try await connected { _, _, api, _ in
            let response = try await api.call("POST", "/live/@connections/\(id)", body: "x")
            #expect(response.status == 400)
            #expect(response.headers["x-amzn-ErrorType"] == ["BadRequestException"])
        }
    }

    @Test func acceptsAtMost128KiB() async throws {
        try await connected { client, id, api, _ in
            let text = String(repeating: "x", count: 131_072)
            #expect(try await api.call("POST", "/live/@connections/\(id)", body: text).status == 200)
            #expect(try await client.next() == .text(text))
            let response = try await api.call("POST", "/live/@connections/\(id)", body: text + "x")
            #expect(response.status == 413)
            #expect(response.headers["x-amzn-ErrorType"] == ["PayloadTooLargeException"])
        }
    }

    @Test func refusesMissingAndWrongSignatures() async throws {
        try await connected { _, id, api, _ in
            var unknown = api
            unknown.credentials.accessKeyID = "OTHER"
            var wrong = api
            wrong.credentials.secretAccessKey = "other"
            var noSession = api
            noSession.credentials.sessionToken = nil
            var other = api
            other.service = "s3"
            var old = api
            old.date = Date(timeIntervalSinceNow: -3_600)
            for client in [unknown, wrong, noSession, other, old] {
                #expect(try await client.call("POST", "/live/@connections/\(id)", body: "x").status == 403)
            }
            let unsigned = try await api.call("POST", "/live/@connections/\(id)", body: "x", isSigned: false)
            #expect(unsigned.status == 403)
            #expect(unsigned.headers["x-amzn-ErrorType"] == ["MissingAuthenticationTokenException"])
        }
    }

    @Test(arguments: ["/dev", "", "/live/live"])
    func refusesAnotherStage(_ stage: String) async throws {
        try await connected { _, id, api, _ in
            let status = try await api.call("POST", "\(stage)/@connections/\(id)", body: "x").status
            #expect(status == 403)
        }
    }

    @Test func refusesOtherMethods() async throws {
        try await connected { _, id, api, _ in
            let status = try await api.call("PUT", "/live/@connections/\(id)", body: "x").status
            #expect(status == 405)
        }
    }

    @Test func refusesToBufferForASlowReaderWithoutDelayingOthers() async throws {
        try await GatewayServer.run(Self.routes, functions: Self.functions) { server in
            _ = try await WebSocketClient.open(port: server.port, reading: false)
            let slow = await server.log.event(0, of: "connect")["requestContext"]?["connectionId"]?.string ?? ""
            let other = try await WebSocketClient.open(port: server.port)
            let quick = await server.log.event(1, of: "connect")["requestContext"]?["connectionId"]?.string ?? ""
            let api = ConnectionsClient(port: server.port)
            let text = String(repeating: "x", count: ConnectionsAPI.payloadLimit)
            var status = 200
            var posted = 0
            // The socket buffers fill first, then the session's.
            while status == 200, posted < 1_000 {
                status = try await api.call("POST", "/live/@connections/\(slow)", body: text).status
                posted += 1
                if posted % 20 == 0 {
                    #expect(try await api.call("POST", "/live/@connections/\(quick)", body: "\(posted)").status == 200)
                    #expect(try await other.next() == .text("\(posted)"))
                }
            }
            #expect(status == 429)
            #expect(posted > WebSocketSession.pendingLimit / ConnectionsAPI.payloadLimit)
            #expect(try await api.call("POST", "/live/@connections/\(quick)", body: "last").status == 200)
            #expect(try await other.next() == .text("last"))
        }
    }
}
