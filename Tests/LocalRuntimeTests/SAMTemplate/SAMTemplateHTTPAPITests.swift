import SAMTemplate
import Testing

@Suite("HTTP APIs of templates")
struct SAMTemplateHTTPAPITests {
    /// A template with an API, a function `Hello` with the given events, and a function `Guard`.
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

    @Test func eventsWithoutApiIdCreateTheImplicitAPI() throws {
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

    @Test func stageAndCORSAreRead() throws {
        let api = try serverless(
            api: """
                {StageName: v1, StageVariables: {x: 1}, DefaultRouteSettings: {ThrottlingRateLimit: 5, ThrottlingBurstLimit: 9},
                 RouteSettings: {GET /a: {ThrottlingRateLimit: 1}},
                 CorsConfiguration: {AllowOrigins: [https://a.example], AllowMethods: [GET], AllowHeaders: [x-a],
                 ExposeHeaders: [x-b], MaxAge: 60, AllowCredentials: true}}
                """.split(separator: "\n").joined(),
            events: "{}"
        ).httpAPIs[0]
        #expect(api.stage.name == "v1")
        #expect(api.stage.variables == ["x": "1"])
        #expect(api.stage.throttling.rate == 5)
        #expect(api.stage.throttling.burst == 9)
        #expect(api.stage.routeThrottling == ["GET /a": Stage.Throttling(rate: 1)])
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

    @Test func theDefaultAuthorizerAppliesToEveryRoute() throws {
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

    @Test func anUnknownAuthorizerIsAnError() {
        let error = #expect(throws: TemplateError.self) {
            try authorizer(default: nil, event: ", Auth: {Authorizer: Missing}")
        }
        #expect(error?.code == .missingReference)
        #expect(error?.message.contains("Missing") == true)
    }

    @Test func signaturesAreNotVerifiedAndThatIsNoted() throws {
        let application = try serverless(
            api: "{Auth: {EnableIamAuthorizer: true, DefaultAuthorizer: AWS_IAM}}",
            events: event("Path: /, Method: get")
        )
        #expect(application.httpAPIs[0].routes[0].authorizer == nil)
        #expect(application.unsupported.first?.detail?.contains("AWS_IAM") == true)
    }

    // MARK: Errors

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
            "{Auth: {DefaultAuthorizer: Missing, Authorizers: {}}}",
            "{A: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: /}}}", .missingReference
        ),
    ])
    func invalidAPIsAreErrors(api: String, events: String, code: TemplateError.Code) {
        let error = #expect(throws: TemplateError.self) { try serverless(api: api, events: events) }
        #expect(error?.code == code)
    }
}
