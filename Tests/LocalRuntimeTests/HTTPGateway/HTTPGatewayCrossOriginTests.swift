import HTTPListener
import NIOCore
import NIOHTTP1
import SAMTemplate
import Testing

@testable import HTTPGateway

@Suite struct CrossOriginTests {
    private static func settings(_ origins: [String], credentials: Bool = false) -> HTTPAPI.CORS {
        var settings = HTTPAPI.CORS()
        settings.allowOrigins = origins
        settings.allowMethods = ["GET", "POST"]
        settings.allowHeaders = ["authorization"]
        settings.exposeHeaders = ["x-id"]
        settings.maxAge = 300
        settings.allowCredentials = credentials
        return settings
    }

    private func request(_ origin: String?, method: HTTPMethod = .OPTIONS, isPreflight: Bool = true) -> IncomingRequest
    {
        var headers = HTTPHeaders()
        if let origin { headers.add(name: "Origin", value: origin) }
        if isPreflight { headers.add(name: "Access-Control-Request-Method", value: "POST") }
        return IncomingRequest(method: method, uri: "/", headers: headers)
    }

    @Test(arguments: [
        (["https://a.example"], "https://a.example", "https://a.example" as String?),
        (["https://a.example"], "https://A.Example", "https://A.Example"),
        (["https://a.example"], "https://b.example", nil),
        (["https://*"], "https://b.example", "https://b.example"),
        (["https://*"], "http://b.example", nil),
        (["http://localhost:*"], "http://localhost:5173", "http://localhost:5173"),
        (["*"], "https://b.example", "*"),
        ([], "https://b.example", nil),
    ])
    func respondsToPreflightRequests(_ origins: [String], _ origin: String, _ allowed: String?) throws {
        let response = try #require(CrossOrigin(settings: Self.settings(origins)).preflight(request(origin)))
        #expect(response.status == .noContent)
        #expect(response.headers.first(name: "access-control-allow-origin") == allowed)
        #expect(response.headers.first(name: "access-control-allow-methods") == (allowed == nil ? nil : "GET,POST"))
        #expect(
            response.headers.first(name: "access-control-allow-headers") == (allowed == nil ? nil : "authorization")
        )
        #expect(response.headers.first(name: "access-control-max-age") == (allowed == nil ? nil : "300"))
    }

    @Test func ignoresOtherRequests() {
        let crossOrigin = CrossOrigin(settings: Self.settings(["*"]))
        #expect(crossOrigin.preflight(request(nil)) == nil)
        #expect(crossOrigin.preflight(request("https://a.example", isPreflight: false)) == nil)
        #expect(crossOrigin.preflight(request("https://a.example", method: .GET)) == nil)
    }

    @Test func replacesTheFunctionsCORSHeaders() {
        var response = OutgoingResponse(
            status: .ok,
            headers: ["Access-Control-Allow-Origin": "*", "access-control-allow-methods": "PUT", "X-Id": "1"]
        )
        CrossOrigin(settings: Self.settings(["https://a.example"], credentials: true))
            .apply(to: &response, for: request("https://a.example", method: .GET))
        #expect(response.headers["access-control-allow-origin"] == ["https://a.example"])
        #expect(response.headers["access-control-allow-methods"] == [])
        #expect(response.headers["access-control-allow-credentials"] == ["true"])
        #expect(response.headers["access-control-expose-headers"] == ["x-id"])
        #expect(response.headers["vary"] == ["Origin"])
        #expect(response.headers["x-id"] == ["1"])
    }
}
