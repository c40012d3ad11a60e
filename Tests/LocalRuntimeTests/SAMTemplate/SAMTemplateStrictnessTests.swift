import SAMTemplate
import Testing

/// What AWS refuses at deployment.
@Suite struct SAMTemplateStrictnessTests {
    private func function(_ properties: String) throws -> Application {
        try application(
            """
            Globals: {Function: {Runtime: provided.al2023, Handler: h}}
            Resources:
              Hello: {Type: AWS::Serverless::Function, Properties: {\(properties)}}
            """
        )
    }

    private func error(_ properties: String) -> TemplateError? {
        do {
            _ = try function(properties)
            return nil
        } catch {
            return error as? TemplateError
        }
    }

    @Test(arguments: [
        "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR", "_HANDLER",
        "_X_AMZN_TRACE_ID",
    ])
    func refusesReservedVariables(name: String) {
        let error = error("Environment: {Variables: {FINE: 1, \(name): x}}")
        #expect(error?.message.contains("\(name) is reserved") == true)
        #expect(error?.path == "Resources.Hello.Properties.Environment.Variables.\(name)")
    }

    @Test(arguments: ["1A", "A-B", "A.B", "A", "_A", "Ä1", "A B", "''", "A=B"])
    func refusesNamesThatLambdaDoesNotAccept(name: String) {
        #expect(
            error("Environment: {Variables: {\(name): x}}")?.message.contains("not a name that Lambda accepts") == true
        )
    }

    @Test(arguments: ["TZ", "PATH", "AWS_LAMBDA_EXEC_WRAPPER", "aws_region", "A1", "a_", "AWS_ENDPOINT_URL"])
    func acceptsOtherNames(name: String) throws {
        let environment = try function("Environment: {Variables: {\(name): x}}").functions.first?.environment
        #expect(environment == [name: "x"])
    }

    @Test(arguments: [(3_000, 0), (4_100, 1)])
    func notesVariablesOverTheLimit(count: Int, notes: Int) throws {
        let value = String(repeating: "x", count: count)
        let application = try function("Environment: {Variables: {LONG: \(value)}}")
        #expect(application.unsupported.count == notes)
    }

    @Test(arguments: ["/events/", "/{id}/", "/a/b/"])
    func refusesAPathWithATrailingSlash(path: String) {
        let event = "Events: {Get: {Type: HttpApi, Properties: {Path: '\(path)', Method: get}}}"
        #expect(error(event)?.message.contains("\(path) ends with a slash") == true)
    }

    @Test func refusesARouteWithATrailingSlash() {
        let error = #expect(throws: TemplateError.self) {
            try application(
                """
                Resources:
                  Code: {Type: AWS::Lambda::Function, Properties: {Handler: h, Runtime: provided.al2023}}
                  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {ProtocolType: HTTP, Name: a}}
                  Stage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Api, StageName: $default}}
                  Integration:
                    Type: AWS::ApiGatewayV2::Integration
                    Properties:
                      ApiId: !Ref Api
                      IntegrationType: AWS_PROXY
                      IntegrationUri: !GetAtt Code.Arn
                      PayloadFormatVersion: "2.0"
                  Route:
                    Type: AWS::ApiGatewayV2::Route
                    Properties: {ApiId: !Ref Api, RouteKey: GET /a/, Target: !Sub "integrations/${Integration}"}
                """
            )
        }
        #expect(error?.message.contains("/a/ ends with a slash") == true)
    }

    @Test(arguments: ["/", "/events", "$default"])
    func acceptsOtherPaths(path: String) throws {
        let event = "Events: {Get: {Type: HttpApi, Properties: {Path: '\(path)', Method: get}}}"
        #expect(try function(event).httpAPIs.first?.routes.map(\.path) == [path])
    }

    @Test(arguments: [
        ("PackageType: Image", true), ("PackageType: Image, CodeUri: fn", true), ("InlineCode: x", true),
        ("CodeUri: fn", false), ("PackageType: Zip", false),
    ])
    func tellsWhichCodeCannotBeRun(properties: String, isProblem: Bool) throws {
        #expect(try (function(properties).functions.first?.codeProblem != nil) == isProblem)
    }
}
