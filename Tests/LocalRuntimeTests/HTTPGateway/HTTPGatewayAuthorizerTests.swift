import EmulatorCore
import GatewayCore
import HTTPGateway
import LambdaHost
import NIOCore
import NIOHTTP1
import SAMTemplate
import Testing

@Suite(.timeLimit(.minutes(5))) struct HTTPGatewayAuthorizerTests {
    private static func api(_ authorizer: HTTPAPI.Authorizer, version: String = "2.0", stage: String = "$default")
        -> HTTPAPI
    {
        var api = HTTPAPI(logicalID: "HttpApi", apiID: "b1c2d3e4f5", stage: Stage(name: stage))
        var route = HTTPAPI.Route(
            method: "GET",
            path: "/x",
            integration: .function(logicalID: "handler", timeout: 29_000)
        )
        route.authorizer = authorizer
        route.payloadFormatVersion = version
        api.routes = [route]
        return api
    }

    private func exchange(
        _ api: HTTPAPI,
        headers: String = "",
        path: String = "/x",
        authorize: @escaping StubInvoker.Function = StubInvoker.always(.failure("must not be called"))
    ) async throws -> (response: RawClient.Response, log: CallLog) {
        let log = CallLog()
        var response: RawClient.Response?
        try await GatewayServer.run(
            http: api,
            functions: ["handler": StubInvoker.answering(#"{"statusCode":200}"#), "authorize": authorize],
            checkToken: { token, _ in
                if token == "other" { return .invalid("The token does not have a valid audience.") }
                guard token == "good" else { return .invalid("the \"token\" is\r\nbad") }
                return .valid(claims: ["sub": "ann"], scopes: ["read"])
            },
            log: log
        ) { server in
            let client = try await RawClient.connect(port: server.port)
            try await client.send("GET \(path) HTTP/1.1\r\nHost: x\r\n\(headers)\r\n")
            response = try await client.response()
        }
        return (try #require(response), log)
    }

    // MARK: JWT

    private static func jwt(scopes: [String] = []) -> HTTPAPI.Authorizer {
        .jwt(
            .init(
                name: "Jwt",
                issuer: "https://issuer",
                audience: [],
                identitySource: "$request.header.Authorization",
                scopes: scopes
            )
        )
    }

    @Test(arguments: [
        ("", 401, "Bearer"), ("Authorization: \r\n", 401, "Bearer"),
        (
            "Authorization: Bearer bad\r\n", 401,
            #"Bearer scope="" error="invalid_token" error_description="the token isbad""#
        ),
        (
            "Authorization: Bearer other\r\n", 401,
            #"Bearer scope="" error="invalid_token" error_description="the token does not have a valid audience""#
        ),
        ("authorization: bearer good\r\n", 200, nil as String?), ("Authorization: good\r\n", 200, nil),
    ])
    func checksTheToken(_ header: String, _ status: Int, _ challenge: String?) async throws {
        let (response, log) = try await exchange(Self.api(Self.jwt()), headers: header)
        #expect(response.status == status)
        #expect(response.headers.first(name: "www-authenticate") == challenge)
        if status == 401 { #expect(response.body == #"{"message":"Unauthorized"}"#) }
        #expect(await log.count(of: "handler") == (status == 200 ? 1 : 0))
    }

    @Test(arguments: [(["read", "admin"], 200), (["admin"], 403)])
    func requiresOneOfTheScopes(_ scopes: [String], _ status: Int) async throws {
        let (response, _) = try await exchange(Self.api(Self.jwt(scopes: scopes)), headers: "Authorization: good\r\n")
        #expect(response.status == status)
    }

    @Test func putsTheClaimsIntoTheEvent() async throws {
        let (_, log) = try await exchange(Self.api(Self.jwt()), headers: "Authorization: good\r\n")
        let jwt = await log.event(of: "handler")["requestContext"]?["authorizer"]?["jwt"]
        #expect(jwt == .object(["claims": .object(["sub": .string("ann")]), "scopes": .null]))
    }

    // MARK: Lambda

    private static func lambda(simple: Bool = true, version: String = "2.0", sources: [String] = [])
        -> HTTPAPI.Authorizer
    {
        .request(
            .init(
                name: "Lambda",
                function: "authorize",
                identitySources: sources,
                payloadFormatVersion: version,
                enablesSimpleResponses: simple,
                resultTimeToLive: 0
            )
        )
    }

    @Test(arguments: [
        (InvocationResult.Outcome.answer(#"{"isAuthorized":true}"#), 200, ""),
        (InvocationResult.Outcome.answer(#"{"isAuthorized":false}"#), 403, #"{"message":"Forbidden"}"#),
        (InvocationResult.Outcome.answer("{}"), 500, #"{"message":"Internal Server Error"}"#),
        (InvocationResult.Outcome.answer(#"{"isAuthorized":"true"}"#), 500, #"{"message":"Internal Server Error"}"#),
        (InvocationResult.Outcome.failure("Unauthorized"), 401, #"{"message":"Unauthorized"}"#),
        (InvocationResult.Outcome.failure("other"), 500, #"{"message":"Internal Server Error"}"#),
    ])
    func decidesBySimpleResponses(_ authorize: InvocationResult.Outcome, _ status: Int, _ body: String) async throws {
        let (response, log) = try await exchange(Self.api(Self.lambda()), authorize: StubInvoker.always(authorize))
        #expect(response.status == status)
        #expect(response.body == body)
        #expect(await log.count(of: "handler") == (status == 200 ? 1 : 0))
    }

    @Test func keepsTheTypesOfTheContext() async throws {
        let authorize = StubInvoker.answering(
            #"{"isAuthorized":true,"context":{"s":"x","n":1,"b":true,"l":["y"],"m":{"k":null}}}"#
        )
        let (_, log) = try await exchange(Self.api(Self.lambda()), authorize: authorize)
        let context = await log.event(of: "handler")["requestContext"]?["authorizer"]?["lambda"]
        #expect(
            context
                == .object([
                    "s": .string("x"), "n": .integer(1), "b": .boolean(true), "l": .array([.string("y")]),
                    "m": .object(["k": .null]),
                ])
        )
    }

    @Test(arguments: [
        ("arn:aws:execute-api:us-east-1:123456789012:b1c2d3e4f5/live/GET/x", 200),
        ("arn:aws:execute-api:us-east-1:123456789012:b1c2d3e4f5/live/POST/x", 403),
    ])
    func decidesByPolicies(_ resource: String, _ status: Int) async throws {
        let statement = #"{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"\#(resource)"}"#
        let authorize = StubInvoker.answering(#"{"principalId":"ann","policyDocument":{"Statement":[\#(statement)]}}"#)
        let api = Self.api(Self.lambda(simple: false), stage: "live")
        #expect(try await exchange(api, path: "/live/x", authorize: authorize).response.status == status)
    }

    @Test func requiresEveryIdentitySource() async throws {
        let sources = ["$request.header.X-Key", "$request.querystring.key"]
        let authorize = StubInvoker.answering(#"{"isAuthorized":true}"#)
        let api = Self.api(Self.lambda(sources: sources))
        let (refused, log) = try await exchange(api, headers: "X-Key: a\r\n", authorize: authorize)
        #expect(refused.status == 401)
        #expect(await log.count(of: "authorize") == 0)
        let (allowed, calls) = try await exchange(api, headers: "X-Key: a\r\n", path: "/x?key=b", authorize: authorize)
        #expect(allowed.status == 200)
        #expect(await calls.event(of: "authorize")["identitySource"] == .array([.string("a"), .string("b")]))
    }

    @Test func passesTheTokenToVersion1Authorizers() async throws {
        let policy =
            #"{"principalId":"a","policyDocument":{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}}"#
        let api = Self.api(Self.lambda(simple: false, version: "1.0", sources: ["$request.header.Authorization"]))
        let (response, log) = try await exchange(
            api,
            headers: "Authorization: t\r\n",
            authorize: StubInvoker.answering(policy)
        )
        #expect(response.status == 200)
        let event = await log.event(of: "authorize")
        #expect(event["type"] == .string("REQUEST"))
        #expect(event["identitySource"] == .string("t"))
        #expect(event["methodArn"] == .string("arn:aws:execute-api:us-east-1:123456789012:b1c2d3e4f5/$default/GET/x"))
    }
}
