import Activity
import EmulatorCore
import GatewayCore
import LambdaHost
import NIOCore
import NIOHTTP1
import SAMTemplate
import Testing

@testable import HTTPGateway

/// What API Gateway does that is easily overlooked.
@Suite(.timeLimit(.minutes(5))) struct HTTPGatewayStrictnessTests {
    private static func api(_ path: String = "$default", version: String = "2.0") -> HTTPAPI {
        var api = HTTPAPI(logicalID: "HttpApi", apiID: "b1c2d3e4f5", stage: Stage(name: "$default"))
        var route = HTTPAPI.Route(
            method: path == "$default" ? "" : "ANY",
            path: path,
            integration: .function(logicalID: "handler", timeout: 29_000)
        )
        route.payloadFormatVersion = version
        api.routes = [route]
        return api
    }

    private func exchange(
        _ request: String,
        _ api: HTTPAPI = api(),
        answer: String = #"{"statusCode":200}"#
    ) async throws -> (response: RawClient.Response, event: JSONValue?) {
        let log = CallLog()
        var response: RawClient.Response?
        let functions = ["handler": StubInvoker.answering(answer)]
        try await GatewayServer.run(http: api, functions: functions, log: log) { server in
            let client = try await RawClient.connect(port: server.port)
            try await client.send(request)
            response = try await client.response()
        }
        let wasCalled = await log.count(of: "handler") > 0
        return (try #require(response), wasCalled ? await log.event(of: "handler") : nil)
    }

    // MARK: Paths

    /// Recorded from API Gateway by https://github.com/hotsock/voker.
    @Test(arguments: [
        ("/capture/plain", "/capture/plain"), ("/capture/space%20value", "/capture/space value"),
        ("/capture/question%3Fvalue", "/capture/question"), ("/capture/percent%25done", nil as String?),
        ("/capture/hash%23value", "/capture/hash#value"), ("/capture/slash%2Fvalue", "/capture/slash/value"),
        ("/capture/unicode-%CE%BB-%E4%B8%96%E7%95%8C", "/capture/unicode-λ-世界"),
        ("/capture/literal%252Fvalue", "/capture/literal/value"),
        ("/capture/literal%253Fvalue", "/capture/literal?value"),
        ("/capture/literal%2525value", "/capture/literal%value"),
        // Not recorded, but of the same kinds.
        ("/a%25", nil), ("/a%252", nil), ("/a%25zz", nil), ("/a%2541", "/aA"), ("/%3F", "/"), ("/a+b", "/a+b"),
    ])
    func decodesPathsOfTheDefaultRoute(sent: String, expected: String?) async throws {
        let (response, event) = try await exchange("GET \(sent)?q=1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(event?["rawPath"]?.string == expected)
        #expect(event?["requestContext"]?["http"]?["path"]?.string == expected)
        #expect(response.status == (expected == nil ? 400 : 200))
        if expected == nil { #expect(response.body == #"{"message":"Bad Request"}"#) }
        if expected != nil { #expect(event?["rawQueryString"]?.string == "q=1") }
    }

    @Test func decodesPathsOfOtherRoutesOnce() async throws {
        let request = "GET /a%252Fb%3Fc HTTP/1.1\r\nHost: localhost\r\n\r\n"
        #expect(try await exchange(request, Self.api("/{proxy+}")).event?["rawPath"] == .string("/a%2Fb?c"))
    }

    // MARK: Bodies

    @Test(arguments: [
        ("", "YQ==", true), ("Content-Type: \r\n", "YQ==", true), ("Content-Type: x/y\r\n", "YQ==", true),
        ("Content-Type: application/json\r\n", "a", false), ("Content-Type: text/plain\r\n", "a", false),
    ])
    func encodesABodyWithoutATextualType(header: String, body: String, isBase64: Bool) async throws {
        for version in ["1.0", "2.0"] {
            let request = "POST /x HTTP/1.1\r\nHost: localhost\r\n\(header)Content-Length: 1\r\n\r\na"
            let event = try await exchange(request, Self.api(version: version)).event
            #expect(event?["body"] == .string(body))
            #expect(event?["isBase64Encoded"] == .boolean(isBase64))
        }
    }

    /// Base64 adds a third, and each quotation mark of a text gets a backslash.
    @Test(arguments: [
        ("text/plain", "x", 6_000_000, 200), ("text/plain", "x", 6_291_456, 413), ("text/plain", "\"", 3_200_000, 413),
        ("image/png", "x", 4_600_000, 200), ("image/png", "x", 4_800_000, 413),
    ])
    func refusesEventsOverTheLimitOfLambda(type: String, text: String, count: Int, status: Int) async throws {
        let head = "POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Type: \(type)\r\nContent-Length: \(count)\r\n\r\n"
        for version in ["1.0", "2.0"] {
            let request = head + String(repeating: text, count: count)
            let (response, event) = try await exchange(request, Self.api(version: version))
            #expect(response.status == status)
            #expect((event == nil) == (status == 413))
            if status == 413 { #expect(response.body == #"{"message":"Request Entity Too Large"}"#) }
        }
    }

    // MARK: Responses

    @Test(arguments: [("2.0", [], ["a=1"]), ("1.0", ["1", "2"], [])] as [(String, [String], [String])])
    func ignoresFieldsOfTheOtherFormat(version: String, values: [String], cookies: [String]) async throws {
        let answer = #"{"statusCode":200,"multiValueHeaders":{"x-multi":["1","2"]},"cookies":["a=1"]}"#
        let request = "GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n"
        let response = try await exchange(request, Self.api(version: version), answer: answer).response
        #expect(response.status == 200)
        #expect(response.headers["x-multi"] == values)
        #expect(response.headers["set-cookie"] == cookies)
    }

    @Test func ignoresAMalformedFieldOfTheOtherFormat() async throws {
        let request = "GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n"
        let answer = #"{"statusCode":201,"multiValueHeaders":"x"}"#
        #expect(try await exchange(request, answer: answer).response.status == 201)
    }
}
