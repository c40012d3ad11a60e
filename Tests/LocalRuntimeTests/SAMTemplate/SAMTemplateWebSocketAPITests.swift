import SAMTemplate
import Testing

@Suite("WebSocket APIs of templates")
struct SAMTemplateWebSocketAPITests {
    private func gateway(_ resources: String, stage: String = "AutoDeploy: true") throws -> Application {
        try application(
            """
            Resources:
              Hello: {Type: AWS::Lambda::Function, Properties: {Handler: h, Runtime: provided.al2023, FunctionName: hi}}
              Live: {Type: AWS::Lambda::Alias, Properties: {Name: live, FunctionName: !Ref Hello, FunctionVersion: "1"}}
              Api:
                Type: AWS::ApiGatewayV2::Api
                Properties: {Name: x, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.a}
              Stage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Api, StageName: live, \(stage)}}
              \(resources)
            """
        )
    }

    private func integration(_ properties: String) -> String {
        "Integration: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Api, \(properties)}}"
    }

    private static let route = """
        Route:
            Type: AWS::ApiGatewayV2::Route
            Properties: {ApiId: !Ref Api, RouteKey: say-hi, Target: !Sub "integrations/${Integration}"}
        """

    @Test(arguments: [
        "!Sub 'arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Hello.Arn}/invocations'",
        "!Sub 'arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Live}/invocations'",
        "!Join ['', ['arn:aws:apigateway:', !Ref AWS::Region, ':lambda:path/2015-03-31/functions/', !GetAtt Hello.Arn, /invocations]]",
        "!GetAtt Hello.Arn",
    ])
    func integrationURIsIdentifyTheFunction(uri: String) throws {
        let integration = integration("IntegrationType: AWS_PROXY, IntegrationUri: \(uri)")
        let application = try gateway("\(integration)\n  \(Self.route)")
        #expect(application.webSocketAPIs[0].routes.map(\.key) == ["say-hi"])
        #expect(application.webSocketAPIs[0].routes[0].integration == .function(logicalID: "Hello", timeout: 29_000))
        #expect(application.unsupported == [])
    }

    @Test func mockIntegrationsAreRead() throws {
        let application = try gateway("\(integration("IntegrationType: MOCK"))\n  \(Self.route)")
        #expect(application.webSocketAPIs[0].routes[0].integration == .mock)
    }

    @Test func aRouteWithoutTargetHasNoIntegration() throws {
        let application = try gateway(
            "Route: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: x}}"
        )
        #expect(application.webSocketAPIs[0].routes[0].integration == nil)
    }

    @Test func aMissingIntegrationIsAnError() {
        let error = #expect(throws: TemplateError.self) {
            try gateway(
                "Route: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: x, Target: integrations/y}}"
            )
        }
        #expect(error?.code == .missingReference)
        #expect(error?.path == "Resources.Route.Properties.Target")
        #expect(error?.line == 8)
    }

    @Test func aDuplicateRouteKeyIsAnError() {
        let error = #expect(throws: TemplateError.self) {
            try gateway(
                """
                A: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: x}}
                  B: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: x}}
                """
            )
        }
        #expect(error?.code == .conflict)
        #expect(error?.path.hasPrefix("Resources.B") == true)
    }

    @Test func aRouteReturnsAResponseOnlyWithARouteResponse() throws {
        let mock = integration("IntegrationType: MOCK")
        let response =
            "Response: {Type: AWS::ApiGatewayV2::RouteResponse, Properties: {ApiId: !Ref Api, RouteId: !Ref Route, RouteResponseKey: $default}}"
        #expect(try !gateway("\(mock)\n  \(Self.route)").webSocketAPIs[0].routes[0].returnsResponse)
        #expect(try gateway("\(mock)\n  \(Self.route)\n  \(response)").webSocketAPIs[0].routes[0].returnsResponse)

        let expression = Self.route.replacing(
            "RouteKey:",
            with: "RouteResponseSelectionExpression: $default, RouteKey:"
        )
        let application = try gateway("\(mock)\n  \(expression)")
        #expect(!application.webSocketAPIs[0].routes[0].returnsResponse)
        #expect(application.unsupported.map(\.logicalID) == ["Route"])
    }

    @Test func connectMayHaveAnAuthorizer() throws {
        let application = try gateway(
            """
            Guard:
                Type: AWS::ApiGatewayV2::Authorizer
                Properties:
                  ApiId: !Ref Api
                  Name: guard
                  AuthorizerType: REQUEST
                  IdentitySource: [route.request.header.Auth]
                  AuthorizerUri: !Sub arn:aws:apigateway:x:lambda:path/2015-03-31/functions/${Hello.Arn}/invocations
              Connect:
                Type: AWS::ApiGatewayV2::Route
                Properties: {ApiId: !Ref Api, RouteKey: $connect, AuthorizationType: CUSTOM, AuthorizerId: !Ref Guard}
            """
        )
        #expect(
            application.webSocketAPIs[0].routes[0].authorizer
                == WebSocketAPI.RequestAuthorizer(
                    logicalID: "Guard",
                    function: "Hello",
                    identitySources: ["route.request.header.Auth"]
                )
        )
    }

    @Test(arguments: [
        ("AutoDeploy: true", 0), ("DeploymentId: abc", 0), ("AutoDeploy: false", 1), ("Description: none", 1),
    ])
    func aStageWithoutADeploymentIsNoted(stage: String, notices: Int) throws {
        let application = try gateway("", stage: stage)
        #expect(application.webSocketAPIs[0].stage.name == "live")
        #expect(application.unsupported.count == notices)
    }

    @Test func membersOfUnknownAPIsAreNoted() throws {
        let application = try gateway(
            "Stray: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: abcdef1234, RouteKey: x}}"
        )
        #expect(application.unsupported.map(\.logicalID) == ["Stray"])
    }

    // MARK: AWS::Serverless::WebSocketApi

    private func serverless(_ properties: String, _ resources: String = "") throws -> Application {
        try application(
            """
            Globals:
              Function: {Runtime: provided.al2023, Handler: h}
              WebSocketApi: {RouteSelectionExpression: $request.body.action}
            Resources:
              Hello: {Type: AWS::Serverless::Function}
              Api: {Type: AWS::Serverless::WebSocketApi, Properties: {\(properties)}}
              \(resources)
            """
        )
    }

    private static let connect = "$connect: {FunctionArn: !GetAtt Hello.Arn}"

    @Test func theStageOfServerlessAPIsIsDefault() throws {
        let api = try serverless("Routes: {\(Self.connect)}").webSocketAPIs[0]
        #expect(api.stage.name == "default")
        #expect(api.routeSelectionExpression == "$request.body.action")
        #expect(api.routes[0].integration == .function(logicalID: "Hello", timeout: 29_000))
    }

    @Test func routesCanBeAddedToServerlessAPIs() throws {
        let application = try serverless(
            "Routes: {\(Self.connect)}",
            """
            Integration:
                Type: AWS::ApiGatewayV2::Integration
                Properties: {ApiId: !Ref Api, IntegrationType: MOCK}
              \(Self.route)
              Response:
                Type: AWS::ApiGatewayV2::RouteResponse
                Properties: {ApiId: !Ref Api, RouteId: !Ref ApiConnectRoute, RouteResponseKey: $default}
            """
        )
        #expect(application.webSocketAPIs[0].routes.map(\.key) == ["$connect", "say-hi"])
        #expect(application.webSocketAPIs[0].routes.map(\.returnsResponse) == [true, false])
        #expect(application.unsupported == [])
    }

    @Test func aKeyWithADashIsServedAndNoted() throws {
        let application = try serverless("Routes: {say-hi: {FunctionArn: !GetAtt Hello.Arn}}")
        #expect(application.webSocketAPIs[0].routes.map(\.key) == ["say-hi"])
        #expect(application.unsupported.first?.detail?.contains("SAM rejects") == true)
    }

    @Test(arguments: [
        "Routes: {}",
        "StageName: $default, Routes: {\(connect)}",
        "Auth: {AuthType: CUSTOM, AuthArn: !GetAtt Hello.Arn}, Routes: {x: {FunctionArn: !GetAtt Hello.Arn}}",
        "Auth: {AuthType: CUSTOM}, Routes: {\(connect)}",
        "Routes: {$connect: {}}",
        "Routes: {$connect: {FunctionArn: !GetAtt Hello.Arn, IntegrationTimeout: 29001}}",
    ])
    func apiPropertiesThatSAMRejectsAreErrors(properties: String) {
        #expect(throws: TemplateError.self) { try serverless(properties) }
    }

    @Test func routesCanHaveLimitsOfTheirOwn() throws {
        let routes = "Routes: {x: {FunctionArn: !GetAtt Hello.Arn}, y: {FunctionArn: !GetAtt Hello.Arn}}"
        let settings = "x: {ThrottlingRateLimit: 1.5, ThrottlingBurstLimit: 2}, y: {LoggingLevel: INFO}"
        let application = try serverless("RouteSettings: {\(settings)}, \(routes)")
        #expect(
            application.webSocketAPIs[0].stage.routeThrottling == [
                "x": Stage.Throttling(rate: 1.5, burst: 2), "y": Stage.Throttling(),
            ]
        )
        #expect(application.unsupported == [])
    }

    @Test(arguments: [
        ("Auth: {AuthType: AWS_IAM}, Routes: {\(connect)}", "AWS_IAM"),
        ("Routes: {x: {FunctionArn: !GetAtt Hello.Arn, ApiKeyRequired: true}}", "Routes.x.ApiKeyRequired"),
        ("Routes: {x: {FunctionArn: !GetAtt Hello.Arn, RequestModels: {a: b}}}", "Routes.x.RequestModels"),
    ])
    func propertiesWithoutEffectAreNoted(properties: String, mentions: String) throws {
        let application = try serverless(properties)
        #expect(application.unsupported.map(\.logicalID) == ["Api"])
        #expect(application.unsupported.first?.detail?.contains(mentions) == true)
    }
}

@Suite("Local addresses of APIs")
struct SAMTemplateAddressTests {
    private static let template = """
        Parameters: {Given: {Type: String, Default: ""}}
        Resources:
          F:
            Type: AWS::Serverless::Function
            Properties: {Handler: h, Runtime: provided, Environment: {Variables: {URL: %URL%}}}
          Sockets: &sockets
            Type: AWS::ApiGatewayV2::Api
            Properties: {Name: x, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.a}
          More: *sockets
          Web: {Type: AWS::Serverless::HttpApi}
        """

    private func url(_ expression: String) throws -> String? {
        try application(Self.template.replacing("%URL%", with: expression)) { $0.region = "eu-west-1" }
            .functions[0].environment["URL"]
    }

    @Test(arguments: [
        ("!Sub 'wss://${Sockets}.execute-api.${AWS::Region}.${AWS::URLSuffix}/live'", "ws://127.0.0.1:3000/live"),
        ("!Sub 'https://${Sockets}.execute-api.${AWS::Region}.amazonaws.com/live'", "http://127.0.0.1:3000/live"),
        ("!Sub 'https://${More}.execute-api.us-east-1.amazonaws.com/live'", "http://127.0.0.1:3000/More/live"),
        ("!Sub '${Sockets}.execute-api.${AWS::Region}.amazonaws.com'", "127.0.0.1:3000"),
        (
            "!Join ['', ['https://', !Ref Web, .execute-api., !Ref AWS::Region, .amazonaws.com/, v1]]",
            "http://127.0.0.1:3000/v1"
        ),
        ("!GetAtt Sockets.ApiEndpoint", "ws://127.0.0.1:3000"),
        ("!GetAtt Web.ApiEndpoint", "http://127.0.0.1:3000"),
        ("!Sub '${Web.ApiEndpoint}/a,${Sockets.ApiEndpoint}/b'", "http://127.0.0.1:3000/a,ws://127.0.0.1:3000/b"),
        (
            "!Sub 'https://other.execute-api.${AWS::Region}.amazonaws.com'",
            "https://other.execute-api.eu-west-1.amazonaws.com"
        ),
    ])
    func areUsedInsteadOfAPIGateways(expression: String, expected: String) throws {
        #expect(try url(expression) == expected)
    }

    @Test func areChosenByTheSettings() throws {
        let application = try application(Self.template.replacing("%URL%", with: "!GetAtt More.ApiEndpoint")) {
            $0.apiAddress = { api in "[::1]:9/\(api.logicalID)/\(api.isWebSocket)/\(api.isFirst)" }
        }
        #expect(application.functions[0].environment["URL"] == "ws://[::1]:9/More/true/false")
    }

    @Test func idsHaveTheFormOfAPIGatewayAndAreStable() throws {
        let id = try url("!Ref Sockets")
        #expect(id?.count == 10)
        #expect(id?.allSatisfy { $0.isLowercase || $0.isNumber } == true)
        #expect(try url("!Ref Sockets") == id)
        #expect(try url("!Ref More") != id)
    }
}
