import SAMTemplate
import Testing

@Suite("Templates of other projects")
struct SAMTemplateFixtureTests {
    private func fixture(_ name: String, _ parameters: [String: String] = [:]) throws -> Application {
        var settings = ResolutionSettings()
        settings.parameters = parameters
        return try TemplateReader(contentsOf: projectFile("Tests/Fixtures/Templates/\(name)")).application(settings)
    }

    @Test func theTutorialIsRead() throws {
        let application = try fixture("tutorial.yaml", ["Stage": "dev"])
        let api = try #require(application.webSocketAPIs.first)
        #expect(api.stage.name == "dev")
        #expect(api.routes.map(\.key) == ["$connect", "$disconnect", "sendmessage"])
        #expect(api.routes.map(\.returnsResponse) == [false, false, true])
        #expect(api.routes[2].integration == .function(logicalID: "SendMessage", timeout: 10_000))
        #expect(
            api.routes[0].authorizer
                == WebSocketAPI.RequestAuthorizer(
                    logicalID: "ChatApiConnectAuthorizer",
                    function: "Authorize",
                    identitySources: ["route.request.querystring.token"]
                )
        )
        let send = try #require(application.functions.first { $0.logicalID == "SendMessage" })
        #expect(send.codeURI == "functions/send/")
        #expect(send.handler == "bootstrap")
        #expect(send.timeout == 5)
        #expect(send.memorySize == 256)
        #expect(send.reservedConcurrency == 3)
        #expect(send.environment == ["TABLE": "ConnectionsTable", "ENDPOINT": "http://127.0.0.1:3000/dev"])
        #expect(application.outputs == ["Url": "ws://127.0.0.1:3000/dev"])
        #expect(
            application.unsupported
                == [.init(logicalID: "ConnectionsTable", type: "AWS::Serverless::SimpleTable", detail: nil)]
        )
    }

    @Test func cloudFormationInJSONIsRead() throws {
        let application = try fixture("cloudformation.json")
        let function = try #require(application.functions.first)
        #expect(function.name == "echo-test")
        #expect(function.arn == "arn:aws:lambda:us-east-1:123456789012:function:echo-test")
        #expect(function.codeURI == "echo")
        #expect(function.timeout == 7)
        #expect(function.memorySize == 128)
        #expect(function.reservedConcurrency == 2)
        #expect(function.environment == ["DEBUG": "true"])

        let sockets = try #require(application.webSocketAPIs.first)
        #expect(sockets.routeSelectionExpression == "$request.body.type")
        #expect(sockets.stage.variables == ["colour": "blue"])
        #expect(sockets.stage.throttling.rate == 100.5)
        #expect(sockets.stage.throttling.burst == 50)
        #expect(sockets.routes.count == 1)
        #expect(sockets.routes[0].returnsResponse)
        #expect(sockets.routes[0].integration == .function(logicalID: "Echo", timeout: 29_000))

        let web = try #require(application.httpAPIs.first)
        #expect(web.cors?.allowOrigins == ["https://one.example", "https://two.example"])
        #expect(web.cors?.allowMethods == ["GET"])
        #expect(web.cors?.maxAge == 300)
        #expect(web.routes.map(\.key) == ["GET /things/{thing+}"])
        #expect(web.routes[0].payloadFormatVersion == "2.0")
        #expect(web.routes[0].integration == .function(logicalID: "Echo", timeout: 4_000))
        #expect(
            web.routes[0].authorizer
                == .jwt(
                    HTTPAPI.Authorizer.JWT(
                        name: "tokens",
                        issuer: "https://issuer.example",
                        audience: ["web"],
                        identitySource: "$request.header.Authorization",
                        scopes: ["things.read"]
                    )
                )
        )
        #expect(application.unsupported == [])
        #expect(application.queues.map(\.name) == ["Queue"])
        #expect(
            application.outputs == [
                "Sockets": "ws://127.0.0.1:3000", "Web": "http://127.0.0.1:3000",
                "Queue": "http://127.0.0.1:3001/123456789012/Queue",
            ]
        )
    }

    @Test func cloudFormationFollowsItsParameters() throws {
        let application = try fixture("cloudformation.json", ["Environment": "production"])
        #expect(application.functions[0].reservedConcurrency == 50)
        #expect(application.functions[0].environment == [:])
        #expect(application.outputs["Secret"] == "hidden")
    }
}
