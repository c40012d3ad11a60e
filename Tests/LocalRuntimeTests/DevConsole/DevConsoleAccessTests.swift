import DevConsole
import HTTPListener
import NIOCore
import NIOHTTP1
import Testing

@Suite struct DevConsoleAccessTests {
    @Test(arguments: [
        "127.0.0.1:3000", "127.0.0.1", "127.1.2.3:80", "localhost:3000", "LOCALHOST", "app.localhost:3000",
        "[::1]:3000",
        "[::1]",
    ])
    func respondsUnderLoopbackNames(host: String) async throws {
        let response = try await ConsoleFixture().respond(.GET, "/_local/info", headers: ["Host": host])
        #expect(response.status == .ok)
    }

    @Test(arguments: [
        "example.com", "evil.test:3000", "localhost.evil.test", "127.0.0.1.evil.test:3000", "notlocalhost", "128.0.0.1",
        "127.0.0.1@evil.test", "127.0.0", "127.0.0.256", "[::2]:3000", "localhost:port", "localhost:", "local host", "",
        "localhost;script-src *",
    ])
    func refusesOtherHostNames(host: String) async throws {
        let console = try await ConsoleFixture()
        for path in ["/_local/", "/_local/info", "/_local/.well-known/jwks.json"] {
            #expect(try await console.respond(.GET, path, headers: ["Host": host]).status == .forbidden)
        }
    }

    @Test func refusesARequestWithoutHostOrWithTwo() async throws {
        let console = try await ConsoleFixture()
        #expect(try await console.respond(.GET, "/_local/info", headers: [:]).status == .forbidden)
        let twice: HTTPHeaders = ["Host": "localhost", "host": "localhost"]
        #expect(try await console.respond(.GET, "/_local/info", headers: twice).status == .forbidden)
    }

    @Test(arguments: [
        "https://evil.test", "http://evil.test:3000", "null", "http://localhost.evil.test", "file://", "localhost:3000",
        "http://", "",
    ])
    func issuesNoTokenToAForeignPage(origin: String) async throws {
        let response = try await ConsoleFixture().respond(
            .POST,
            "/_local/token",
            headers: ["Host": "127.0.0.1:3000", "Origin": origin],
            body: #"{"user":"alice"}"#
        )
        #expect(response.status == .forbidden)
        #expect(!response.text.contains("token\""))
        #expect(response.headers["Access-Control-Allow-Origin"].isEmpty)
    }

    /// Another port of this machine is another origin: an object of a bucket may be a page there.
    @Test(arguments: [
        "http://127.0.0.1:3001", "http://localhost:3000", "https://127.0.0.1:3000", "http://127.0.0.1",
        "http://127.0.0.2:3000", "http://[::1]:3000", "http://app.localhost:3000",
    ])
    func issuesNoTokenToPagesOnOtherPortsAndNames(origin: String) async throws {
        let headers: HTTPHeaders = ["Host": "127.0.0.1:3000", "Origin": origin]
        let console = try await ConsoleFixture()
        for (method, path) in [(HTTPMethod.OPTIONS, "token"), (.POST, "token"), (.GET, "info"), (.GET, "activity")] {
            let response = try await console.respond(
                method,
                "/_local/\(path)",
                headers: headers,
                body: #"{"user":"alice"}"#
            )
            #expect(response.status == .forbidden, "\(path)")
            #expect(response.headers["Access-Control-Allow-Origin"].isEmpty)
        }
    }

    @Test func respondsToItsOwnPage() async throws {
        let headers: HTTPHeaders = [
            "Host": "localhost:3000", "Origin": "http://localhost:3000", "Sec-Fetch-Site": "same-origin",
        ]
        let body = #"{"user":"alice"}"#
        let token = try await ConsoleFixture().respond(.POST, "/_local/token", headers: headers, body: body)
        #expect(token.status == .ok)
        #expect(token.headers["Cross-Origin-Resource-Policy"] == ["same-origin"])
        #expect(token.headers["X-Content-Type-Options"] == ["nosniff"])
    }

    @Test func respondsToListedOrigins() async throws {
        let origin = "http://localhost:5173"
        let policy = RequestPolicy(trustedOrigins: [try #require(PageOrigin(origin))])
        let console = try await ConsoleFixture(policy: policy)
        let headers: HTTPHeaders = ["Host": "127.0.0.1:3000", "Origin": origin, "Sec-Fetch-Site": "same-site"]
        let preflight = try await console.respond(.OPTIONS, "/_local/token", headers: headers)
        #expect(preflight.status == .noContent)
        #expect(preflight.headers["Access-Control-Allow-Headers"] == ["Content-Type"])

        let token = try await console.respond(.POST, "/_local/token", headers: headers, body: #"{"user":"alice"}"#)
        #expect(token.status == .ok)
        #expect(token.headers["Access-Control-Allow-Origin"] == [origin])
        #expect(token.headers["Vary"] == ["Origin"])
    }

    @Test func respondsUnderTheNamesOfListedOrigins() async throws {
        let policy = RequestPolicy(trustedOrigins: [try #require(PageOrigin("http://devbox.internal:3000"))])
        let headers: HTTPHeaders = ["Host": "DevBox.internal:3000", "Origin": "http://devbox.internal:3000"]
        #expect(try await ConsoleFixture(policy: policy).respond(.GET, "/_local/info", headers: headers).status == .ok)
    }

    /// The address of the connection decides, because headers are the client's.
    @Test(
        arguments: [
            ["Host": "127.0.0.1:3000"], ["Host": "localhost:3000", "X-Forwarded-For": "127.0.0.1"],
            ["Host": "192.168.1.7:3000"], ["Host": "[::1]:3000", "Forwarded": "for=127.0.0.1"],
        ] as [HTTPHeaders]
    )
    func refusesOtherMachines(headers: HTTPHeaders) async throws {
        let console = try await ConsoleFixture(policy: RequestPolicy(listeningHost: "0.0.0.0"))
        for path in ["", "info", "token", "health", ".well-known/jwks.json", "activity/stream"] {
            let response = try await console.respond(
                path == "token" ? .POST : .GET,
                "/_local/\(path)",
                headers: headers,
                isFromThisMachine: false
            )
            #expect(response.status == .forbidden, "\(path)")
        }
    }

    @Test func tellsToolsTheAccessKey() async throws {
        let info = try await ConsoleFixture().respond(.GET, "/_local/info")
        #expect(info.text.contains(#""credentials":{"accessKeyId":"AKIAEXAMPLE","secretAccessKey":"example-secret"}"#))
    }

    /// Not even to a page of a listed origin.
    @Test(arguments: ["https://evil.test", "http://localhost:3000", "http://app.test"])
    func tellsPagesOfOtherOriginsNoAccessKey(origin: String) async throws {
        let policy = RequestPolicy(trustedOrigins: [try #require(PageOrigin("http://app.test"))])
        let headers: HTTPHeaders = ["Host": "127.0.0.1:3000", "Origin": origin]
        let info = try await ConsoleFixture(policy: policy).respond(.GET, "/_local/info", headers: headers)
        #expect(info.status == (origin == "http://app.test" ? .ok : .forbidden))
        #expect(!info.text.contains("example-secret"))
    }

    @Test(arguments: ["/", "/_locally", "/live", "/conversations", "/x/_local/"])
    func ignoresOtherPaths(path: String) async throws {
        let request = IncomingRequest(method: .GET, uri: path, headers: ["Host": "localhost"])
        #expect(try await ConsoleFixture().console.respond(to: request) == nil)
    }
}
