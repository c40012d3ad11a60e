import EmulatorCore
import NIOCore
import SAMTemplate
import Synchronization
import Testing

@testable import HTTPGateway

@Suite(.timeLimit(.minutes(5))) struct HTTPGatewayAuthorizerCacheTests {
    private static func authorizer(
        named name: String = "Lambda",
        timeToLive: Int = 60,
        sources: [String] = ["$request.header.X-Key"]
    ) -> HTTPAPI.Authorizer.Request {
        .init(
            name: name,
            function: "authorize",
            identitySources: sources,
            payloadFormatVersion: "2.0",
            enablesSimpleResponses: true,
            resultTimeToLive: timeToLive
        )
    }

    /// How often the authorizer is invoked for requests with these keys, and the statuses.
    private func exchange(
        _ authorizer: HTTPAPI.Authorizer.Request,
        keys: [String],
        response: String = #"{"isAuthorized":true}"#
    ) async throws -> (invocations: Int, statuses: [Int]) {
        var api = HTTPAPI(logicalID: "HttpApi", apiID: "b1c2d3e4f5", stage: Stage(name: "$default"))
        api.routes = ["/x", "/y"].map { path in
            var route = HTTPAPI.Route(
                method: "GET",
                path: path,
                integration: .function(logicalID: "handler", timeout: 29_000)
            )
            route.authorizer = .request(authorizer)
            return route
        }
        let log = CallLog()
        var statuses: [Int] = []
        try await GatewayServer.run(
            http: api,
            functions: [
                "handler": StubInvoker.answering(#"{"statusCode":200}"#), "authorize": StubInvoker.answering(response),
            ],
            log: log
        ) { server in
            let client = try await RawClient.connect(port: server.port)
            for key in keys {
                for path in ["/x", "/y"] {
                    try await client.send("GET \(path) HTTP/1.1\r\nHost: x\r\nX-Key: \(key)\r\n\r\n")
                    statuses.append(try await client.response().status)
                }
            }
        }
        return (await log.count(of: "authorize"), statuses)
    }

    @Test func invokesTheAuthorizerOncePerIdentity() async throws {
        let result = try await exchange(Self.authorizer(), keys: ["a", "b", "a"])
        #expect(result.invocations == 2)
        #expect(result.statuses == Array(repeating: 200, count: 6))
    }

    @Test func cachesRefusals() async throws {
        let result = try await exchange(Self.authorizer(), keys: ["a", "a"], response: #"{"isAuthorized":false}"#)
        #expect(result.invocations == 1)
        #expect(result.statuses == [403, 403, 403, 403])
    }

    @Test func cachesNoInvalidResponse() async throws {
        let result = try await exchange(Self.authorizer(), keys: ["a"], response: "{}")
        #expect(result.invocations == 2)
        #expect(result.statuses == [500, 500])
    }

    @Test(arguments: [
        (0, ["$request.header.X-Key"], 2), (60, [], 2), (60, ["$request.header.X-Key", "$context.routeKey"], 2),
        (60, ["$request.header.X-Key"], 1),
    ])
    func cachesAsTheTemplateSays(_ timeToLive: Int, _ sources: [String], _ invocations: Int) async throws {
        let authorizer = Self.authorizer(timeToLive: timeToLive, sources: sources)
        #expect(try await exchange(authorizer, keys: ["a"]).invocations == invocations)
    }

    @Test func responsesExpire() {
        let time = Mutex<Int64>(0)
        let cache = AuthorizerCache { UnixTime(milliseconds: time.withLock { $0 }) }
        let authorizer = Self.authorizer()
        cache.store(ByteBuffer(string: "response"), of: authorizer, to: ["a"])
        time.withLock { $0 = 59_999 }
        #expect(cache.response(of: authorizer, to: ["a"]) != nil)
        #expect(cache.response(of: Self.authorizer(named: "Other"), to: ["a"]) == nil)
        time.withLock { $0 = 60_000 }
        #expect(cache.response(of: authorizer, to: ["a"]) == nil)
    }

    @Test func staysWithinItsCapacity() {
        let cache = AuthorizerCache()
        let authorizer = Self.authorizer()
        for index in 0...AuthorizerCache.capacity {
            cache.store(ByteBuffer(), of: authorizer, to: ["\(index)"])
        }
        #expect(cache.response(of: authorizer, to: ["0"]) == nil)
        #expect(cache.response(of: authorizer, to: ["\(AuthorizerCache.capacity)"]) != nil)
    }
}
