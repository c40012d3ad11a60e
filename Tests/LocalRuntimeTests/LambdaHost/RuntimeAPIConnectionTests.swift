import Activity
import Foundation
import NIOCore
import Testing

@testable import LambdaHost

/// The connections of a runtime: how they end, and which are refused.
@Suite(.timeLimit(.minutes(1)))
struct RuntimeAPIConnectionTests {
    /// A runtime that opens a connection for every request, written with sockets.
    ///
    /// It answers each event with the length of what it has received.
    private static func raw(version: String, headers: String, ending: String, pause: String = "pass") -> String {
        """
        import socket
        host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
        def exchange(method, path, body=b""):
            peer = socket.create_connection((host, int(port)))
            head = f"{method} /2018-06-01/runtime/{path} HTTP/\(version)\\r\\nHost: {host}:{port}\\r\\n\(headers)"
            peer.sendall((head + f"Content-Length: {len(body)}\\r\\n\\r\\n").encode() + body)
            \(ending)
            answer = b""
            while True:
                \(pause)
                chunk = peer.recv(65536)
                if not chunk: break
                answer += chunk
            return answer.split(b"\\r\\n\\r\\n", 1)
        while True:
            head, event = exchange("GET", "invocation/next")
            fields = dict(line.split(": ", 1) for line in head.decode().split("\\r\\n")[1:])
            result = json.dumps([len(event), int(fields["Content-Length"])]).encode()
            exchange("POST", f"invocation/{fields['Lambda-Runtime-Aws-Request-Id']}/response", result)
        """
    }

    @Test(arguments: [
        raw(version: "1.1", headers: #"Connection: close\r\n"#, ending: "pass"),
        // A function that reads slowly, so that the event fills the socket's buffers.
        raw(version: "1.1", headers: #"Connection: close\r\n"#, ending: "pass", pause: "time.sleep(0.001)"),
        raw(version: "1.1", headers: #"Connection: close\r\n"#, ending: "peer.sendall(b'GET / HTTP/1.1\\r\\n\\r\\n')"),
        raw(version: "1.1", headers: "", ending: "peer.shutdown(socket.SHUT_WR)"),
        raw(version: "1.1", headers: #"Connection: close\r\n"#, ending: "peer.shutdown(socket.SHUT_WR)"),
        raw(version: "1.0", headers: "", ending: "pass"),
        raw(version: "1.0", headers: #"Connection: keep-alive\r\n"#, ending: "peer.shutdown(socket.SHUT_WR)"),
    ])
    func sendsWholeEventsBeforeItEndsAConnection(script: String) async throws {
        let function = try ScriptedFunction(script: script, reservedConcurrency: 1)
        try await withHost([function]) { host, _ in
            for length in [1, 100_000, 5_900_000] {
                let event = "\"" + String(repeating: "x", count: length) + "\""
                let result = await host.invoke("Function", event)
                #expect(result.text == "[\(length + 2), \(length + 2)]")
            }
        }
    }

    /// The parser would keep what follows an upgrade request.
    @Test(arguments: [
        "CONNECT a:1", "GET /2018-06-01/ping", "GET /2018-06-01/runtime/invocation/next",
        "POST /2018-06-01/runtime/init/x",
    ])
    func closesAConnectionThatSendsMuchAfterItsLastRequest(request: String) async throws {
        let function = try ScriptedFunction(
            script: #"""
                import socket
                host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
                peer = socket.create_connection((host, int(port)))
                peer.sendall(b"\#(request) HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n".replace(
                    b"Host: x", f"Host: {host}:{port}".encode()))
                result = "taken"
                try:
                    for _ in range(1_000): peer.sendall(b"x" * 65536)
                except OSError:
                    result = "closed"
                serve(lambda body: json.dumps(result).encode())
                """#,
            reservedConcurrency: 1
        )
        try await withHost([function]) { host, _ in #expect(await host.invoke().text == #""closed""#) }
    }

    // MARK: Strangers

    /// A function that tells the address of its Runtime API.
    private static func address() throws -> ScriptedFunction {
        try ScriptedFunction(
            script: #"serve(lambda body: json.dumps(os.environ["AWS_LAMBDA_RUNTIME_API"]).encode())"#,
            reservedConcurrency: 1
        )
    }

    /// The test's process is of the same user, but the function has not started it.
    @Test(arguments: ["GET /2018-06-01/runtime/invocation/next", "GET /2018-06-01/ping", "POST /x", ""])
    func refusesAnotherProcess(request: String) async throws {
        try await withHost([Self.address()]) { host, activity in
            let port = try #require(await host.invoke().text?.split(separator: ":").last.flatMap { Int($0.dropLast()) })
            for _ in 0..<3 {
                let stranger = try await RawClient.connect(port: port)
                if !request.isEmpty {
                    try await stranger.send("\(request) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\r\n")
                }
                let response = try await stranger.response()
                #expect(response.status == 403)
                #expect(response.body.contains("it belongs to another process"))
                #expect(try await stranger.readToEnd() == "")
            }
            #expect(await host.invoke().text != nil)
            #expect(activity.notices.map(\.level) == [.warning])
        }
    }

    @Test func admitsDescendantsInOtherGroupsAndSessions() async throws {
        let function = try ScriptedFunction(
            script: """
                #!/bin/sh
                exec python3 -c 'import subprocess, sys
                subprocess.run([sys.executable, "runtime.py"], start_new_session=True)'
                """,
            reservedConcurrency: 1
        )
        let runtime = ScriptedFunction.prelude + "serve(lambda body: body)\n"
        try Data(runtime.utf8).write(to: function.folder.appending(path: "runtime.py"))
        try await withHost([function]) { host, _ in
            for number in 0..<3 { #expect(await host.invoke("Function", "\(number)").text == "\(number)") }
        }
    }

    @Test(arguments: [
        #"{"Origin": "http://127.0.0.1"}"#, #"{"origin": "null"}"#, #"{"Sec-Fetch-Site": "none"}"#,
        #"{"Referer": "http://localhost/"}"#, #"{"Host": "evil.example"}"#, #"{"Host": "127.0.0.1.evil.example:80"}"#,
        #"{"Host": ""}"#,
    ])
    func refusesRequestsOfWebPages(headers: String) async throws {
        let function = try ScriptedFunction(
            script: """
                response, body = call("GET", "invocation/next", None, \(headers))
                api.close()
                id, event, _ = next_event()
                respond(id, json.dumps(response.status))
                """
        )
        try await withHost([function]) { host, _ in #expect(await host.invoke().text == "403") }
    }

    /// Node's `fetch` sends `Sec-Fetch-Mode` too.
    @Test(arguments: [#"{"Host": "LocalHost"}"#, #"{"Sec-Fetch-Mode": "cors"}"#])
    func admitsOtherRuntimes(headers: String) async throws {
        let function = try ScriptedFunction(
            script: """
                response, event = call("GET", "invocation/next", None, \(headers))
                respond(response.headers["Lambda-Runtime-Aws-Request-Id"], json.dumps(response.status))
                """
        )
        try await withHost([function]) { host, _ in #expect(await host.invoke().text == "200") }
    }

    @Test func refusesASecondRequestForAnEventWhileOneIsOpen() async throws {
        let function = try ScriptedFunction(
            script: """
                def start():
                    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
                    connection.request("GET", "/2018-06-01/runtime/invocation/next")
                    return connection
                id, event, _ = next_event()
                respond(id, event)
                first = start()
                second = start().getresponse()
                open("new", "w").write(str(second.status))
                os.rename("new", "second")
                event = first.getresponse()
                respond(event.headers["Lambda-Runtime-Aws-Request-Id"], event.read())
                # The connection of a request that was given up does not count.
                start().close()
                serve(lambda body: body)
                """,
            reservedConcurrency: 1
        )
        try await withHost([function]) { host, _ in
            #expect(await host.invoke("Function", "1").text == "1")
            let second = function.folder.appending(path: "second")
            while !FileManager.default.fileExists(atPath: second.path) { await Task.yield() }
            let status = try String(contentsOf: second, encoding: .utf8)
            #expect(status == "403")
            #expect(await host.invoke("Function", "2").text == "2")
            #expect(await host.invoke("Function", "3").text == "3")
        }
    }

    // MARK: Decisions

    /// No process has this inode.
    private static let socket = UInt32.max

    @Test func refusesOtherUsersAndSocketsThatAreClosed() {
        let tree = ProcessTree(root: getpid())
        func refusal(_ user: UInt32, _ inode: UInt32, isEstablished: Bool = true) -> String? {
            let peer = PeerSocket(userID: user, inode: inode, isEstablished: isEstablished)
            return RuntimeAPIAccess.refusal(of: peer, to: tree, user: 1_000)
        }
        #expect(refusal(1_001, Self.socket) == "it belongs to user 1001")
        #expect(refusal(0, 0) == "it belongs to user 0")
        #expect(refusal(1_000, Self.socket) == "it belongs to another process")
        #expect(refusal(1_000, 0, isEstablished: false) != nil)
        // A kernel that does not tell the inode.
        #expect(refusal(1_000, 0) == nil)
    }

    @Test func readsTheListOfSockets() {
        let line = """
               1: 0100007F:9872 0100007F:C141 08 00000000:00000000 03:00000D04 00000000  1000        0 4711 3 0
            """
        func socket(_ client: String, _ server: String) -> PeerSocket? {
            PeerSocket(line: line, client: client, server: server)
        }
        let expected = PeerSocket(userID: 1_000, inode: 4_711, isEstablished: false)
        #expect(socket("0100007F:9872", "0100007F:C141") == expected)
        #expect(socket("0100007F:C141", "0100007F:9872") == nil)
    }
}
