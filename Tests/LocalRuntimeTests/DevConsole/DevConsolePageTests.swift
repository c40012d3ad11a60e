import Foundation
import HTTPListener
import NIOCore
import NIOHTTP1
import Testing

@Suite struct DevConsolePageTests {
    @Test func redirectsToThePage() async throws {
        let response = try await ConsoleFixture().respond(.GET, "/_local")
        #expect(response.status == .permanentRedirect)
        #expect(response.headers["Location"] == ["/_local/"])
    }

    @Test func servesEveryFileOfThePage() async throws {
        let console = try await ConsoleFixture()
        var waiting = [""]
        var seen: Set<String> = []
        while let name = waiting.popLast() {
            guard seen.insert(name).inserted else { continue }
            let response = try await console.respond(.GET, "/_local/\(name)")
            #expect(response.status == .ok, "\(name)")
            #expect(response.headers["X-Content-Type-Options"] == ["nosniff"])
            let type = name.hasSuffix(".js") ? "text/javascript" : name.hasSuffix(".css") ? "text/css" : "text/html"
            #expect(response.headers["Content-Type"] == ["\(type); charset=utf-8"], "\(name)")
            let references = response.text.matches(of: /(?:src|href|from) ?=?"(?:\.\/)?([a-z-]+\.(?:js|css))"/)
            waiting += references.map { String($0.output.1) }
        }
        #expect(seen.isSuperset(of: ["style.css", "app.js", "chat-client.js", "details.js", "files.js"]))
    }

    @Test func forbidsForeignContentOnThePage() async throws {
        let response = try await ConsoleFixture().respond(.GET, "/_local/?a=x", headers: ["Host": "localhost:3000"])
        let policy = try #require(response.headers.first(name: "Content-Security-Policy"))
        #expect(policy.hasPrefix("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"))
        #expect(policy.contains("connect-src 'self' ws://localhost:3000 wss://localhost:3000 http://127.0.0.1:3001/;"))
        #expect(policy.contains("frame-ancestors 'none'"))
        #expect(!policy.contains("unsafe"))
    }

    @Test(arguments: [("/_local/", "text/html; charset=utf-8"), ("/_local/activity/stream", "text/event-stream")])
    func respondsToHEADLikeGET(uri: String, type: String) async throws {
        let response = try await ConsoleFixture().respond(.HEAD, uri)
        #expect(response.status == .ok)
        #expect(response.headers["Content-Type"] == [type])
        guard case .bytes = response.body else { throw Endless() }
    }

    private struct Endless: Error {}

    @Test(arguments: [
        (HTTPMethod.GET, "/_local/nothing"), (.GET, "/_local/index_html"), (.GET, "/_local/../template.yaml"),
        (.GET, "/_local/%2e%2e/template.yaml"), (.POST, "/_local/"), (.PUT, "/_local/token"), (.GET, "/_local/token"),
        (.GET, "/_local/invocations"), (.GET, "/_local/invocations/unknown"),
        (.POST, "/_local/invocations/unknown/replay"),
        (.GET, "/_local/.well-known/other"), (.GET, "/_local//"), (.DELETE, "/_local/connections/gone%3D"),
    ])
    func respondsNotFoundAsJSON(method: HTTPMethod, uri: String) async throws {
        let response = try await ConsoleFixture().respond(method, uri)
        #expect(response.status == .notFound)
        #expect(response.headers["Content-Type"] == ["application/json"])
        #expect(try response.decoded([String: String].self)["message"]?.isEmpty == false)
    }

    @Test func reportsAddresses() async throws {
        let response = try await ConsoleFixture().respond(.GET, "/_local/info")
        #expect(response.text.contains(#""webSocketURL":"ws://127.0.0.1:3000/live""#))
        let info = try #require(JSONSerialization.jsonObject(with: Data(response.text.utf8)) as? [String: Any])
        #expect(info["webSocketURL"] as? String == "ws://127.0.0.1:3000/live")
        #expect(info["servicesURL"] as? String == "http://127.0.0.1:3001/")
        let api = try #require((info["apis"] as? [[String: Any]])?.first)
        #expect(api["logicalId"] as? String == "WebSocketApi")
        #expect(api["protocol"] as? String == "WEBSOCKET")
        #expect(api["routes"] as? [String] == ["$connect", "send-message"])
    }

    @Test(arguments: [(true, HTTPResponseStatus.ok), (false, .serviceUnavailable)])
    func reportsHealth(isHealthy: Bool, status: HTTPResponseStatus) async throws {
        let response = try await ConsoleFixture(isHealthy: isHealthy).respond(.GET, "/_local/health")
        #expect(response.status == status)
        #expect(response.text.contains(#""isHealthy":\#(isHealthy)"#))
    }
}
