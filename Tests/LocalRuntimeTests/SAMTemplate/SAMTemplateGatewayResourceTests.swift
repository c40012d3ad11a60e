import SAMTemplate
import Testing

@Suite("HTTP APIs of AWS::ApiGatewayV2")
struct SAMTemplateGatewayResourceTests {
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

    @Test func thePayloadFormatIs1UnlessTheIntegrationSetsIt() throws {
        let api = try gateway(route("RouteKey: get /x, Target: !Sub 'integrations/${Integration}'")).httpAPIs[0]
        #expect(api.routes.map(\.key) == ["GET /x"])
        #expect(api.routes[0].payloadFormatVersion == "1.0")
        #expect(api.routes[0].integration == .function(logicalID: "Hello", timeout: 30_000))
    }

    @Test func quickCreateAddsARouteAndAStage() throws {
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
    func aRouteWithoutAValidTargetIsAnError(properties: String, code: TemplateError.Code) {
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

    @Test func anAPIWithoutAStageIsNoted() throws {
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
