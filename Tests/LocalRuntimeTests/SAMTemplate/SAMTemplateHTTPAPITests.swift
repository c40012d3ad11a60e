import SAMTemplate
import Testing

@Suite("HTTP APIs of a template")
struct SAMTemplateHTTPAPITests {
    /// A template with an API, a function `Hello` whose events are given, and a function `Guard`.
    private func serverless(api: String, events: String) throws -> Application {
        try application(
            """
            Globals: {Function: {Runtime: provided.al2023, Handler: h}}
            Resources:
              Api:
                Type: AWS::Serverless::HttpApi
                Properties: \(api)
              Hello:
                Type: AWS::Serverless::Function
                Properties: {Events: \(events)}
              Guard:
                Type: AWS::Serverless::Function
            """
        )
    }

    private func event(_ properties: String) -> String {
        "{It: {Type: HttpApi, Properties: {ApiId: !Ref Api, \(properties)}}}"
    }

    @Test(arguments: [
        ("Path: /a, Method: get", "GET /a"), ("Path: '/a/{id}', Method: POST", "POST /a/{id}"),
        ("Path: '/{proxy+}', Method: ANY", "ANY /{proxy+}"), ("Path: /a", "ANY /a"),
        ("Path: /a, Method: x-amazon-apigateway-any-method", "ANY /a"), ("TimeoutInMillis: 100", "$default"),
        ("Path: $default, Method: ANY", "$default"),
    ])
    func eventsAreRoutes(properties: String, key: String) throws {
        let routes = try serverless(api: "{}", events: event(properties)).httpAPIs[0].routes
        #expect(routes.map(\.key) == [key])
        #expect(routes[0].payloadFormatVersion == "2.0")
    }

    @Test func eventsSetTimeoutAndPayloadFormat() throws {
        let events = event("Path: /, Method: get, TimeoutInMillis: 1500, PayloadFormatVersion: 1.0")
        let route = try serverless(api: "{}", events: events).httpAPIs[0].routes[0]
        #expect(route.integration == .function(logicalID: "Hello", timeout: 1_500))
        #expect(route.payloadFormatVersion == "1.0")
    }

    @Test func eventsWithoutApiMakeTheImplicitOne() throws {
        let application = try application(
            """
            Globals:
              Function: {Runtime: provided.al2023, Handler: h}
              HttpApi: {StageVariables: {a: b}, CorsConfiguration: true}
            Resources:
              Hello:
                Type: AWS::Serverless::Function
                Properties: {Events: {It: {Type: HttpApi, Properties: {Path: /hello, Method: get}}, All: {Type: HttpApi}}}
            Outputs: {Url: {Value: !Sub "https://${ServerlessHttpApi}.execute-api.${AWS::Region}.amazonaws.com/"}}
            """
        )
        let api = try #require(application.httpAPIs.first)
        #expect(api.logicalID == "ServerlessHttpApi")
        #expect(api.routes.map(\.key) == ["GET /hello", "$default"])
        #expect(api.stage.variables == ["a": "b"])
        #expect(api.cors?.allowOrigins == ["*"])
        #expect(application.outputs["Url"] == "http://127.0.0.1:3000/")
        #expect(application.unsupported == [])
    }

    @Test func stageAndCorsAreRead() throws {
        let api = try serverless(
            api: """
                {StageName: v1, StageVariables: {x: 1}, DefaultRouteSettings: {ThrottlingRateLimit: 5, ThrottlingBurstLimit: 9},
                 CorsConfiguration: {AllowOrigins: [https://a.example], AllowMethods: [GET], AllowHeaders: [x-a],
                 ExposeHeaders: [x-b], MaxAge: 60, AllowCredentials: true}}
                """.split(separator: "\n").joined(),
            events: "{}"
        ).httpAPIs[0]
        #expect(api.stage.name == "v1")
        #expect(api.stage.variables == ["x": "1"])
        #expect(api.stage.throttlingRateLimit == 5)
        #expect(api.stage.throttlingBurstLimit == 9)
        var cors = HTTPAPI.CORS()
        cors.allowOrigins = ["https://a.example"]
        cors.allowMethods = ["GET"]
        cors.allowHeaders = ["x-a"]
        cors.exposeHeaders = ["x-b"]
        cors.maxAge = 60
        cors.allowCredentials = true
        #expect(api.cors == cors)
    }

    // MARK: Authorizers

    private static let authorizers = """
        Authorizers: {
          Token: {IdentitySource: $request.header.Authorization, AuthorizationScopes: [read],
                  JwtConfiguration: {issuer: https://i.example, audience: [a, b]}},
          Custom: {FunctionArn: !GetAtt Guard.Arn, AuthorizerPayloadFormatVersion: 2.0, EnableSimpleResponses: true,
                   Identity: {Headers: [X-Key], QueryStrings: [k], ReauthorizeEvery: 30}}}
        """.split(separator: "\n").joined()

    private func token(scopes: [String]) -> HTTPAPI.Authorizer {
        .jwt(
            HTTPAPI.Authorizer.JWT(
                name: "Token",
                issuer: "https://i.example",
                audience: ["a", "b"],
                identitySource: "$request.header.Authorization",
                scopes: scopes
            )
        )
    }

    private func authorizer(default name: String?, event auth: String) throws -> HTTPAPI.Authorizer? {
        let standard = name.map { "DefaultAuthorizer: \($0), " } ?? ""
        let api = "{Auth: {\(standard)\(Self.authorizers)}}"
        return try serverless(api: api, events: event("Path: /, Method: get\(auth)")).httpAPIs[0].routes[0].authorizer
    }

    @Test func theDefaultAuthorizerGuardsEveryRoute() throws {
        #expect(try authorizer(default: "Token", event: "") == token(scopes: ["read"]))
    }

    @Test func anEventMayChooseItsAuthorizerOrNone() throws {
        #expect(try authorizer(default: nil, event: "") == nil)
        #expect(try authorizer(default: "Token", event: ", Auth: {Authorizer: NONE}") == nil)
        #expect(
            try authorizer(default: "Token", event: ", Auth: {AuthorizationScopes: [write]}")
                == token(scopes: ["write"])
        )
        let custom = HTTPAPI.Authorizer.request(
            HTTPAPI.Authorizer.Request(
                name: "Custom",
                function: "Guard",
                identitySources: ["$request.header.X-Key", "$request.querystring.k"],
                payloadFormatVersion: "2.0",
                enablesSimpleResponses: true,
                resultTimeToLive: 30
            )
        )
        #expect(try authorizer(default: nil, event: ", Auth: {Authorizer: Custom}") == custom)
    }

    @Test func anAuthorizerThatIsNotThereIsAnError() {
        let error = #expect(throws: TemplateError.self) {
            try authorizer(default: nil, event: ", Auth: {Authorizer: Nobody}")
        }
        #expect(error?.code == .missingReference)
        #expect(error?.message.contains("Nobody") == true)
    }

    @Test func signaturesAreNotCheckedAndThatIsSaid() throws {
        let application = try serverless(
            api: "{Auth: {EnableIamAuthorizer: true, DefaultAuthorizer: AWS_IAM}}",
            events: event("Path: /, Method: get")
        )
        #expect(application.httpAPIs[0].routes[0].authorizer == nil)
        #expect(application.unsupported.first?.detail?.contains("AWS_IAM") == true)
    }

    // MARK: Mistakes

    @Test(arguments: [
        (
            "{}",
            "{A: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: /a, Method: get}}, B: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: /a, Method: GET}}}",
            TemplateError.Code.conflict
        ),
        ("{}", "{A: {Type: HttpApi, Properties: {ApiId: other, Path: /a, Method: get}}}", .missingReference),
        ("{}", "{A: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: a, Method: get}}}", .invalid),
        ("{}", "{A: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: /a, TimeoutInMillis: 30001}}}", .invalid),
        ("{}", "{A: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: /a, PayloadFormatVersion: 3}}}", .invalid),
        ("{CorsConfiguration: {AllowOrigins: ['*'], AllowCredentials: true}}", "{}", .invalid),
        (
            "{Auth: {DefaultAuthorizer: Nobody, Authorizers: {}}}",
            "{A: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: /}}}", .missingReference
        ),
    ])
    func mistakesAreErrors(api: String, events: String, code: TemplateError.Code) {
        let error = #expect(throws: TemplateError.self) { try serverless(api: api, events: events) }
        #expect(error?.code == code)
    }

    // MARK: AWS::ApiGatewayV2

    private func gateway(_ resources: String) throws -> Application {
        try application(
            """
            Resources:
              Hello: {Type: AWS::Lambda::Function, Properties: {Handler: h, Runtime: provided.al2023}}
              Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: x, ProtocolType: HTTP}}
              Stage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Api, StageName: $default, AutoDeploy: true}}
              Integration:
                Type: AWS::ApiGatewayV2::Integration
                Properties: {ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt Hello.Arn}
              \(resources)
            """
        )
    }

    private func route(_ properties: String) -> String {
        "Route: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, \(properties)}}"
    }

    @Test func payloadFormatIsTheOlderOneUnlessTheIntegrationSaysSo() throws {
        let api = try gateway(route("RouteKey: get /x, Target: !Sub 'integrations/${Integration}'")).httpAPIs[0]
        #expect(api.routes.map(\.key) == ["GET /x"])
        #expect(api.routes[0].payloadFormatVersion == "1.0")
        #expect(api.routes[0].integration == .function(logicalID: "Hello", timeout: 30_000))
    }

    @Test func quickCreateMakesRouteAndStage() throws {
        let application = try application(
            """
            Resources:
              Hello: {Type: AWS::Lambda::Function, Properties: {Handler: h, Runtime: provided.al2023}}
              Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: x, ProtocolType: HTTP, Target: !GetAtt Hello.Arn}}
            """
        )
        let api = try #require(application.httpAPIs.first)
        #expect(api.routes.map(\.key) == ["$default"])
        #expect(api.routes[0].payloadFormatVersion == "2.0")
        #expect(api.stage.name == "$default")
    }

    @Test(arguments: [
        ("RouteKey: GET /x, Target: integrations/Nothing", TemplateError.Code.missingReference),
        ("RouteKey: GET /x, Target: !Ref Integration", .invalid),
        ("RouteKey: GET /x", .invalid),
        ("RouteKey: x, Target: !Sub 'integrations/${Integration}'", .invalid),
        (
            "RouteKey: GET /x, Target: !Sub 'integrations/${Integration}', AuthorizationType: JWT, AuthorizerId: none",
            .missingReference
        ),
    ])
    func aRouteThatLeadsNowhereIsAnError(properties: String, code: TemplateError.Code) {
        let error = #expect(throws: TemplateError.self) { try gateway(route(properties)) }
        #expect(error?.code == code)
        #expect(error?.path.hasPrefix("Resources.Route.Properties") == true)
    }

    @Test(arguments: [
        "{ApiId: !Ref Api, IntegrationType: HTTP_PROXY, IntegrationUri: https://a.example, IntegrationMethod: GET}",
        "{ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationSubtype: SQS-SendMessage}",
        "{ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: arn:aws:lambda:us-east-1:1:function:other}",
    ])
    func otherIntegrationsAreNoted(integration: String) throws {
        let application = try gateway(
            """
            Other: {Type: AWS::ApiGatewayV2::Integration, Properties: \(integration)}
              \(route("RouteKey: GET /x, Target: !Sub 'integrations/${Other}'"))
            """
        )
        guard case .unsupported = application.httpAPIs[0].routes[0].integration else {
            Issue.record("an integration that is not emulated")
            return
        }
        #expect(application.unsupported.map(\.logicalID) == ["Other"])
    }

    @Test func anAPIWithoutStageIsNotServedAndThatIsSaid() throws {
        let application = try application(
            "Resources: {Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: x, ProtocolType: HTTP}}}"
        )
        #expect(application.httpAPIs == [])
        #expect(application.unsupported.first?.detail?.contains("no stage") == true)
    }

    // MARK: OpenAPI

    @Test func openAPIDefinitionsAreRead() throws {
        let application = try application(
            """
            Resources:
              Hello: {Type: AWS::Lambda::Function, Properties: {Handler: h, Runtime: provided.al2023}}
              Api:
                Type: AWS::Serverless::HttpApi
                Properties:
                  DefinitionBody:
                    openapi: 3.0.1
                    security: [{token: [read]}]
                    paths:
                      /things/{id}:
                        parameters: []
                        get: &hello
                          x-amazon-apigateway-integration:
                            type: aws_proxy
                            payloadFormatVersion: "2.0"
                            timeoutInMillis: 900
                            uri: !Sub arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Hello.Arn}/invocations
                        x-amazon-apigateway-any-method:
                          <<: *hello
                          security: []
                      $default:
                        x-amazon-apigateway-any-method: *hello
                    components:
                      securitySchemes:
                        token:
                          type: oauth2
                          x-amazon-apigateway-authorizer:
                            type: jwt
                            identitySource: $request.header.Authorization
                            jwtConfiguration: {issuer: https://i.example, audience: [a]}
                    x-amazon-apigateway-cors: {allowOrigins: ["*"], maxAge: 3}
            """
        )
        let api = try #require(application.httpAPIs.first)
        #expect(api.routes.map(\.key) == ["GET /things/{id}", "ANY /things/{id}", "$default"])
        #expect(api.routes.allSatisfy { $0.integration == .function(logicalID: "Hello", timeout: 900) })
        let authorizer = HTTPAPI.Authorizer.jwt(
            HTTPAPI.Authorizer.JWT(
                name: "token",
                issuer: "https://i.example",
                audience: ["a"],
                identitySource: "$request.header.Authorization",
                scopes: ["read"]
            )
        )
        #expect(api.routes.map(\.authorizer) == [authorizer, nil, authorizer])
        #expect(api.cors?.maxAge == 3)
        #expect(application.unsupported == [])
    }
}
