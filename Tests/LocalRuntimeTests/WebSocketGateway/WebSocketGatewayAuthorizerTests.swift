import EmulatorCore
import GatewayCore
import LambdaHost
import NIOCore
import NIOHTTP1
import SAMTemplate
import Testing

@Suite(.timeLimit(.minutes(5))) struct WebSocketAuthorizerTests {
    private static func policy(_ effect: String, resource: String = "*", context: String = "{}") -> String {
        #"{"principalId":"ann","policyDocument":{"Statement":[{"Effect":"\#(effect)","Action":"execute-api:Invoke","#
            + #""Resource":"\#(resource)"}]},"context":\#(context)}"#
    }

    @Test(arguments: [
        ("allows", InvocationResult.Outcome.answer(policy("Allow")), 101),
        ("denies", InvocationResult.Outcome.answer(policy("Deny")), 403),
        ("covers another resource", InvocationResult.Outcome.answer(policy("Allow", resource: "arn:aws:other")), 403),
        ("throws Unauthorized", InvocationResult.Outcome.failure("Unauthorized"), 401),
        ("throws something else", InvocationResult.Outcome.failure("unauthorized"), 500),
        ("returns no object", InvocationResult.Outcome.answer("true"), 500),
        (
            "has a context value that is not a scalar",
            InvocationResult.Outcome.answer(policy("Allow", context: #"{"a":[]}"#)),
            500
        ),
        ("takes too long", InvocationResult.Outcome.callerTimeout, 500),
    ])
    func decidesByTheAuthorizersOutcome(_: String, _ authorize: InvocationResult.Outcome, _ status: Int) async throws {
        let log = CallLog()
        let functions = [
            "authorize": StubInvoker.always(authorize), "connect": StubInvoker.answering(#"{"statusCode":200}"#),
        ]
        try await GatewayServer.run([.to("$connect").authorized()], functions: functions, log: log) { server in
            let response = try await WebSocketClient.begin(port: server.port).raw.response()
            #expect(response.status == status)
        }
        #expect(await log.count(of: "connect") == (status == 101 ? 1 : 0))
    }

    @Test(arguments: [
        ("/live", "", 401), ("/live?token=", "", 401), ("/live?token=x", "", 401), ("/live?token=x", "y", 101),
        ("/live", "y", 401),
    ])
    func requiresEveryIdentitySource(_ target: String, _ header: String, _ status: Int) async throws {
        let log = CallLog()
        let sources = ["route.request.querystring.token", "route.request.header.X-Auth"]
        let routes = [WebSocketAPI.Route.to("$connect").authorized(sources: sources)]
        let functions = [
            "authorize": StubInvoker.answering(Self.policy("Allow")),
            "connect": StubInvoker.answering(#"{"statusCode":200}"#),
        ]
        try await GatewayServer.run(routes, functions: functions, log: log) { server in
            let client = try await WebSocketClient.begin(port: server.port, target: target, headers: ["x-auth": header])
            #expect(try await client.raw.response().status == status)
        }
        #expect(await log.count(of: "authorize") == (status == 101 ? 1 : 0))
    }

    @Test func putsTheContextIntoEveryLaterEvent() async throws {
        let ok = StubInvoker.answering(#"{"statusCode":200}"#)
        let functions = [
            "authorize": StubInvoker.answering(Self.policy("Allow", context: #"{"userId":"u1","n":7}"#)),
            "connect": ok, "default": ok, "disconnect": ok,
        ]
        let routes: [WebSocketAPI.Route] = [.to("$connect").authorized(), .to("$default"), .to("$disconnect")]
        try await GatewayServer.run(routes, functions: functions) { server in
            let client = try await WebSocketClient.open(port: server.port)
            try await client.send("hello")
            _ = await server.log.event(of: "default")
            try await client.close()
            let expected = JSONValue.object(
                ["principalId": "ann", "userId": "u1", "n": "7"].mapValues(JSONValue.string)
            )
            var connectionIDs: Set<String> = []
            for function in ["connect", "default", "disconnect"] {
                let context = await server.log.event(of: function)["requestContext"]
                #expect(context?["authorizer"] == expected)
                connectionIDs.insert(context?["connectionId"]?.string ?? "")
            }
            let authorized = await server.log.event(of: "authorize")["requestContext"]
            #expect(authorized?["authorizer"] == nil)
            connectionIDs.insert(authorized?["connectionId"]?.string ?? "")
            #expect(connectionIDs.count == 1)
        }
    }
}
