import Foundation
import SAMTemplate
import Testing

@Suite("Included files")
struct SAMTemplateIncludeTests {
    private static let api = """
        openapi: 3.0.1
        paths:
          /x/{id}:
            get:
              x-amazon-apigateway-integration:
                type: aws_proxy
                uri: {Fn::Sub: "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${F.Arn}/invocations"}
                payloadFormatVersion: "2.0"
        """

    private func application(_ files: [String: String]) throws -> Application {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("include-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, text) in files {
            let file = folder.appendingPathComponent(name)
            let parent = file.deletingLastPathComponent()
            try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        return try TemplateReader(contentsOf: folder.appendingPathComponent("template.yaml")).application()
    }

    private func template(_ resources: String, transform: String = "AWS::Serverless-2016-10-31") -> String {
        """
        Transform: \(transform)
        Resources:
          F: {Type: AWS::Serverless::Function, Properties: {Handler: h, Runtime: provided.al2023}}
          \(resources)
        """
    }

    @Test(
        arguments: [
            "DefinitionBody: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: ./api/openapi.yaml}}}",
            "DefinitionBody: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: api/openapi.yaml}}, info: {}}",
            "DefinitionBody: !Transform {Name: AWS::Include, Parameters: {Location: api/openapi.yaml}}",
            "DefinitionUri: ./api/openapi.yaml", "DefinitionUri: api/../api/openapi.yaml",
        ]
    )
    func anAPIHasTheRoutesOfItsFile(definition: String) throws {
        let text = template("Api: {Type: AWS::Serverless::HttpApi, Properties: {\(definition)}}")
        let application = try application(["template.yaml": text, "api/openapi.yaml": Self.api])
        #expect(application.httpAPIs.first?.routes.map(\.key) == ["GET /x/{id}"])
        #expect(application.unsupported.isEmpty)
    }

    @Test func filesAreMergedAnywhereAndOwnFieldsPrevail() throws {
        let include = "{Name: AWS::Include, Parameters: {Location: more.yaml}}"
        let files = [
            "template.yaml": template(
                "Fn::Transform: {Name: AWS::Include, Parameters: {Location: resources.json}}",
                transform: "[AWS::Serverless-2016-10-31, \(include)]"
            ), "resources.json": #"{"Q": {"Type": "AWS::SQS::Queue"}, "F": {"Type": "AWS::SNS::Topic"}}"#,
            "more.yaml": "Outputs: {Name: {Value: !Ref Q}}\nTransform: Other",
        ]
        let application = try application(files)
        #expect(application.queues.map(\.logicalID) == ["Q"])
        #expect(application.functions.map(\.logicalID) == ["F"])
        #expect(application.outputs["Name"] != nil && application.unsupported.isEmpty)
    }

    @Test(arguments: ["missing.yaml", "broken.yaml", "list.yaml", "loop.yaml", "."])
    func aFileThatCannotBeIncludedIsAnError(name: String) {
        let resources = "Fn::Transform: {Name: AWS::Include, Parameters: {Location: \(name)}}"
        let files = [
            "template.yaml": template(resources), "broken.yaml": "a: [", "list.yaml": "[1]",
            "loop.yaml": "Fn::Transform: {Name: AWS::Include, Parameters: {Location: loop.yaml}}",
        ]
        let error = #expect(throws: TemplateError.self) { try application(files) }
        #expect(error?.message.isEmpty == false)
    }

    @Test func aFileInS3IsReported() throws {
        let definition = "DefinitionBody: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://b/k}}}"
        let text = template("Api: {Type: AWS::Serverless::HttpApi, Properties: {\(definition)}}")
        let application = try application(["template.yaml": text])
        #expect(application.unsupported.first?.detail?.contains("only local files are included") == true)
    }

    @Test(
        arguments: [
            "!GetAtt Nested.Outputs.Issuer", "!Sub '${Nested.Outputs.Issuer}'",
            "{Fn::GetAtt: [Nested, Outputs.Issuer]}",
        ]
    )
    func aValueThatIsNotKnownIsNamed(issuer: String) throws {
        let text = template(
            """
            Nested: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: https://s3.amazonaws.com/b/k}}
              Api:
                Type: AWS::Serverless::HttpApi
                Properties:
                  Auth:
                    DefaultAuthorizer: J
                    Authorizers: {J: {JwtConfiguration: {issuer: \(issuer), audience: [a]}, IdentitySource: x}}
              G:
                Type: AWS::Serverless::Function
                Properties: {Handler: h, Runtime: provided, Events: {E: {Type: HttpApi, Properties: {ApiId: !Ref Api}}}}
            """
        )
        let error = #expect(throws: TemplateError.self) { try application(["template.yaml": text]) }
        #expect(error?.message.contains("Nested.Outputs.Issuer") == true)
    }
}
