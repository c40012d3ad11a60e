import EmulatorCore
import GatewayCore
import LambdaHost
import NIOCore
import NIOHTTP1
import SAMTemplate
import Testing

@Suite(.timeLimit(.minutes(5))) struct HTTPGatewayTests {
    private static func api(_ keys: [String] = ["ANY /{proxy+}"], version: String = "2.0", stage: String = "$default")
        -> HTTPAPI
    {
        var api = HTTPAPI(logicalID: "HttpApi", apiID: "b1c2d3e4f5", stage: Stage(name: stage))
        api.routes = keys.map { key in
            let parts = key.split(separator: " ").map(String.init)
            var route = HTTPAPI.Route(
                method: parts.count > 1 ? parts[0] : "",
                path: parts[parts.count - 1],
                integration: .function(logicalID: "handler", timeout: 29_000)
            )
            route.payloadFormatVersion = version
            return route
        }
        return api
    }

    /// The response to one request, and the event if the function was called.
    private func exchange(
        _ request: String,
        _ api: HTTPAPI = api(),
        _ function: @escaping StubInvoker.Function = StubInvoker.answering(#"{"statusCode":200}"#)
    ) async throws -> (response: RawClient.Response, event: JSONValue?) {
        let log = CallLog()
        var response: RawClient.Response?
        try await GatewayServer.run(http: api, functions: ["handler": function], log: log) { server in
            let client = try await RawClient.connect(port: server.port)
            try await client.send(request)
            response = try await client.response(toHEAD: request.hasPrefix("HEAD"))
        }
        let wasCalled = await log.count(of: "handler") > 0
        return (try #require(response), wasCalled ? await log.event(of: "handler") : nil)
    }

    private static func get(_ target: String, _ headers: String = "") -> String {
        "GET \(target) HTTP/1.1\r\nHost: localhost:3000\r\n\(headers)\r\n"
    }

    // MARK: Events

    @Test func writesVersion2Events() async throws {
        let request =
            "POST /pets/a%20b?x=1&x=2&y=%C3%A4 HTTP/1.1\r\nHost: api.example:3000\r\nX-Two: a\r\nX-Two: b\r\n"
            + "Cookie: c1=1; c2=2\r\nUser-Agent: test/1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
        let event = try #require(try await exchange(request, Self.api(["POST /pets/{id}"])).event)
        #expect(event["version"] == .string("2.0"))
        #expect(event["routeKey"] == .string("POST /pets/{id}"))
        #expect(event["rawPath"] == .string("/pets/a b"))
        #expect(event["rawQueryString"] == .string("x=1&x=2&y=%C3%A4"))
        #expect(event["cookies"] == .array([.string("c1=1"), .string("c2=2")]))
        #expect(event["headers"]?["x-two"] == .string("a,b"))
        #expect(event["headers"]?["cookie"] == nil)
        #expect(event["headers"]?["x-forwarded-for"] == .string("127.0.0.1"))
        #expect(event["headers"]?["x-forwarded-port"] == .string("3000"))
        #expect(event["queryStringParameters"] == .object(["x": .string("1,2"), "y": .string("ä")]))
        #expect(event["pathParameters"] == .object(["id": .string("a b")]))
        #expect(event["body"] == .string("{}"))
        #expect(event["isBase64Encoded"] == .boolean(false))
        let http = event["requestContext"]?["http"]
        #expect(http?["method"] == .string("POST"))
        #expect(http?["sourceIp"] == .string("127.0.0.1"))
        #expect(http?["userAgent"] == .string("test/1"))
        #expect(event["requestContext"]?["stage"] == .string("$default"))
        #expect(event["requestContext"]?["domainName"] == .string("api.example:3000"))
        #expect(event["requestContext"]?["domainPrefix"] == .string("api"))
    }

    @Test func omitsAbsentFieldsInVersion2() async throws {
        let event = try #require(try await exchange(Self.get("/x"), Self.api(["GET /x"])).event)
        guard case .object(let fields) = event else { return }
        #expect(
            Set(fields.keys) == [
                "version", "routeKey", "rawPath", "rawQueryString", "headers", "requestContext", "isBase64Encoded",
            ]
        )
    }

    @Test func writesVersion1Events() async throws {
        let event = try #require(
            try await exchange(
                Self.get("/pets/7", "X-Two: a\r\nX-Two: b\r\n"),
                Self.api(["GET /pets/{id}"], version: "1.0")
            )
            .event
        )
        #expect(event["version"] == .string("1.0"))
        #expect(event["resource"] == .string("/pets/{id}"))
        #expect(event["path"] == .string("/pets/7"))
        #expect(event["httpMethod"] == .string("GET"))
        #expect(event["headers"]?["X-Two"] == .string("b"))
        #expect(event["multiValueHeaders"]?["X-Two"] == .array([.string("a"), .string("b")]))
        for absent in ["queryStringParameters", "multiValueQueryStringParameters", "stageVariables", "body"] {
            #expect(event[absent] == .null)
        }
        #expect(event["pathParameters"] == .object(["id": .string("7")]))
    }

    @Test func encodesABinaryBodyInBase64() async throws {
        let request = "POST /x HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: 3\r\n\r\nabc"
        let event = try #require(try await exchange(request).event)
        #expect(event["body"] == .string("YWJj"))
        #expect(event["isBase64Encoded"] == .boolean(true))
    }

    @Test func assemblesAChunkedBody() async throws {
        let request =
            "POST /x HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"
        #expect(try await exchange(request).event?["body"] == .string("abc"))
    }

    // MARK: Responses

    @Test(arguments: [
        (#"{"statusCode":201,"body":"made"}"#, 201, "made", "text/plain; charset=utf-8"),
        (#"{"statusCode":200,"body":"YWJj","isBase64Encoded":true}"#, 200, "abc", "text/plain; charset=utf-8"),
        (#"{"statusCode":200,"headers":{"Content-Type":"x/y"},"body":"b","extra":1}"#, 200, "b", "x/y"),
        (#"{"message":"no status"}"#, 200, #"{"message":"no status"}"#, "application/json"),
        (#""plain""#, 200, "plain", "application/json"),
        ("[1]", 200, "[1]", "application/json"),
        ("no JSON", 500, #"{"message":"Internal Server Error"}"#, "application/json"),
        (#"{"statusCode":"x"}"#, 500, #"{"message":"Internal Server Error"}"#, "application/json"),
        (#"{"statusCode":100}"#, 500, #"{"message":"Internal Server Error"}"#, "application/json"),
    ])
    func translatesTheFunctionsResponse(_ payload: String, _ status: Int, _ body: String, _ type: String) async throws {
        let response = try await exchange(Self.get("/x"), Self.api(), StubInvoker.answering(payload)).response
        #expect(response.status == status)
        #expect(response.body == body)
        #expect(response.headers["content-type"] == [type])
    }

    @Test(arguments: [
        ("fails", InvocationResult.Outcome.failure("secret"), 500, #"{"message":"Internal Server Error"}"#),
        ("takes too long", InvocationResult.Outcome.callerTimeout, 503, #"{"message":"Service Unavailable"}"#),
        ("is throttled", InvocationResult.Outcome.throttled(reason: ""), 503, #"{"message":"Service Unavailable"}"#),
        ("is unknown", InvocationResult.Outcome.unknownFunction, 500, #"{"message":"Internal Server Error"}"#),
    ])
    func respondsToFailuresOfTheFunction(_: String, _ function: InvocationResult.Outcome, _ status: Int, _ body: String)
        async throws
    {
        let response = try await exchange(Self.get("/x"), Self.api(), StubInvoker.always(function)).response
        #expect(response.status == status)
        #expect(response.body == body)
    }

    @Test func sendsEachCookieInAHeader() async throws {
        let function = StubInvoker.answering(#"{"statusCode":200,"cookies":["a=1; Secure","b=2"]}"#)
        let response = try await exchange(Self.get("/x"), Self.api(), function).response
        #expect(response.headers["set-cookie"] == ["a=1; Secure", "b=2"])
    }

    @Test(arguments: [
        #"{"statusCode":200,"headers":{"x":"1\r\nSet-Cookie: evil=1"}}"#,
        #"{"statusCode":200,"headers":{"x\r\nSet-Cookie":"evil=1"}}"#,
        #"{"statusCode":200,"headers":{"x":"1\nSet-Cookie: evil=1"}}"#,
        #"{"statusCode":200,"headers":{"":"x"}}"#, #"{"statusCode":200,"headers":{"a b":"x"}}"#,
        #"{"statusCode":200,"headers":{"ä":"x"}}"#, #"{"statusCode":200,"headers":{"x":"\u0000"}}"#,
        #"{"statusCode":200,"cookies":["a=1\r\nX-Evil: 1"]}"#,
    ])
    func refusesHeadersThatAreNotWellFormed(_ payload: String) async throws {
        let response = try await exchange(Self.get("/x"), Self.api(), StubInvoker.answering(payload)).response
        #expect(response.status == 500)
        #expect(response.headers["set-cookie"] == [])
        #expect(response.headers["x-evil"] == [])
    }

    @Test func ignoresHeadersThatOnlyTheListenerSets() async throws {
        let headers = #"{"Content-Length":"99","Transfer-Encoding":"chunked","Connection":"close","X":"1"}"#
        let function = StubInvoker.answering(#"{"statusCode":200,"headers":\#(headers),"body":"abc"}"#)
        let response = try await exchange(Self.get("/x"), Self.api(), function).response
        #expect(response.headers["content-length"] == ["3"])
        #expect(response.headers["transfer-encoding"] == [])
        #expect(response.headers["x"] == ["1"])
        #expect(response.body == "abc")
    }

    @Test func omitsTheBodyInResponseToHEAD() async throws {
        let function = StubInvoker.answering(#"{"statusCode":200,"body":"abc"}"#)
        try await GatewayServer.run(http: Self.api(), functions: ["handler": function]) { server in
            let client = try await RawClient.connect(port: server.port)
            try await client.send("HEAD /x HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try await client.response(toHEAD: true).headers["content-length"] == ["3"])
            try await client.send(Self.get("/x"))
            #expect(try await client.response().body == "abc")
        }
    }

    // MARK: Routes

    @Test func throttlesEachRoute() async throws {
        var api = Self.api(["GET /a", "GET /b"])
        api.stage.throttling.rate = 0.001
        api.stage.throttling.burst = 1
        let log = CallLog()
        let functions = ["handler": StubInvoker.answering(#"{"statusCode":200}"#)]
        try await GatewayServer.run(http: api, functions: functions, log: log) { server in
            let client = try await RawClient.connect(port: server.port)
            for (path, status) in [("/a", 200), ("/a", 429), ("/b", 200)] {
                try await client.send(Self.get(path))
                let response = try await client.response()
                #expect(response.status == status)
                if status == 429 { #expect(response.body == #"{"message":"Too Many Requests"}"#) }
            }
        }
        #expect(await log.count(of: "handler") == 2)
    }

    @Test(arguments: [("/live/x", 200), ("/live", 404), ("/x", 404), ("/lively/x", 404), ("/live/y", 404)])
    func expectsANamedStageInThePath(_ target: String, _ status: Int) async throws {
        let response = try await exchange(Self.get(target), Self.api(["GET /x"], stage: "live")).response
        #expect(response.status == status)
        if status == 404 { #expect(response.body == #"{"message":"Not Found"}"#) }
    }

    @Test func respondsToCrossOriginRequests() async throws {
        var api = Self.api(["GET /x"])
        var cors = HTTPAPI.CORS()
        cors.allowOrigins = ["https://a.example"]
        cors.allowMethods = ["GET"]
        api.cors = cors
        let origin = "Origin: https://a.example\r\n"
        let preflight = try await exchange(
            "OPTIONS /x HTTP/1.1\r\nHost: x\r\n\(origin)Access-Control-Request-Method: GET\r\n\r\n",
            api
        )
        #expect(preflight.response.status == 204)
        #expect(preflight.response.headers["access-control-allow-origin"] == ["https://a.example"])
        #expect(preflight.event == nil)
        let missing = try await exchange(Self.get("/missing", origin), api).response
        #expect(missing.status == 404)
        #expect(missing.headers["access-control-allow-origin"] == ["https://a.example"])
    }
}
