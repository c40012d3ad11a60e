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

    @Test(arguments: ["http://localhost:5173", "https://127.0.0.1", "http://[::1]:8080", "http://app.localhost:3000"])
    func respondsToPagesOnOtherPorts(origin: String) async throws {
        let console = try await ConsoleFixture()
        let headers: HTTPHeaders = ["Host": "127.0.0.1:3000", "Origin": origin]
        let preflight = try await console.respond(.OPTIONS, "/_local/token", headers: headers)
        #expect(preflight.status == .noContent)
        #expect(preflight.headers["Access-Control-Allow-Headers"] == ["Content-Type"])

        let token = try await console.respond(.POST, "/_local/token", headers: headers, body: #"{"user":"alice"}"#)
        #expect(token.status == .ok)
        #expect(token.headers["Access-Control-Allow-Origin"] == ["*"])
    }

    @Test func respondsUnderTrustedNames() async throws {
        let console = try await ConsoleFixture(trustedHosts: ["DevBox.internal"])
        let headers: HTTPHeaders = ["Host": "devbox.internal:3000", "Origin": "http://devbox.internal:3000"]
        #expect(try await console.respond(.GET, "/_local/info", headers: headers).status == .ok)
    }

    @Test(arguments: ["/", "/_locally", "/live", "/conversations", "/x/_local/"])
    func ignoresOtherPaths(path: String) async throws {
        let request = IncomingRequest(method: .GET, uri: path, headers: ["Host": "localhost"])
        #expect(try await ConsoleFixture().console.respond(to: request) == nil)
    }
}
