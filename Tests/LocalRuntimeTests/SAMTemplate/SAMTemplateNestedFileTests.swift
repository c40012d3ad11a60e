import Foundation
import SAMTemplate
import Testing

@Suite("Files of nested stacks")
struct SAMTemplateNestedFileTests {
    /// Reads `template.yaml` of a folder with these files.
    private func application(_ files: [String: String]) throws -> Application {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (name, text) in files {
            try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
        }
        return try TemplateReader(contentsOf: folder.appending(path: "template.yaml")).application()
    }

    private static func nesting(_ file: String, parameters: String = "{}") -> String {
        """
        Resources:
          Inner:
            Type: AWS::CloudFormation::Stack
            Properties:
              TemplateURL: \(file)
              Parameters: \(parameters)
        """
    }

    private static let empty = "Resources:\n  Role: {Type: AWS::IAM::Role}\n"

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var files: [String: String]
        var code: TemplateError.Code
        var mentions: [String]
    }

    @Test(arguments: [
        Case(
            testDescription: "a file that does not exist",
            files: ["template.yaml": nesting("inner.yaml")],
            code: .malformed,
            mentions: ["template.yaml: line 5, Resources.Inner.Properties.TemplateURL", "inner.yaml"]
        ),
        Case(
            testDescription: "a template that nests itself",
            files: ["template.yaml": nesting("template.yaml")],
            code: .circularReference,
            mentions: ["template.yaml: line 5, Resources.Inner.Properties.TemplateURL", "nests itself"]
        ),
        Case(
            testDescription: "templates that nest each other",
            files: ["template.yaml": nesting("inner.yaml"), "inner.yaml": nesting("template.yaml")],
            code: .circularReference,
            mentions: ["inner.yaml (nested stack Inner): line 5, Resources.Inner.Properties.TemplateURL"]
        ),
        Case(
            testDescription: "a nested file that is not YAML",
            files: ["template.yaml": nesting("inner.yaml"), "inner.yaml": "Resources:\n  A: [1"],
            code: .malformed,
            mentions: ["inner.yaml (nested stack Inner): line"]
        ),
        Case(
            testDescription: "an invalid resource in a nested file",
            files: [
                "template.yaml": nesting("inner.yaml"),
                "inner.yaml":
                    "Resources:\n  F:\n    Type: AWS::Lambda::Function\n    Properties: {Runtime: provided}\n",
            ],
            code: .invalid,
            mentions: ["inner.yaml (nested stack Inner): line 3, Resources.F.Properties: F needs", "Handler"]
        ),
        Case(
            testDescription: "a reference without a target in a nested file",
            files: [
                "template.yaml": nesting("inner.yaml"),
                "inner.yaml": "Resources:\n  F:\n    Type: AWS::IAM::Role\n    Properties: {X: !Ref Missing}\n",
            ],
            code: .missingReference,
            mentions: ["inner.yaml (nested stack Inner): line 4, Resources.F.Properties.X", "Missing"]
        ),
        Case(
            testDescription: "a parameter that the nested template does not declare",
            files: ["template.yaml": nesting("inner.yaml", parameters: "{Size: 3}"), "inner.yaml": empty],
            code: .parameter,
            mentions: ["inner.yaml (nested stack Inner)", "no parameter Size"]
        ),
        Case(
            testDescription: "a parameter without a value",
            files: [
                "template.yaml": nesting("inner.yaml"),
                "inner.yaml": "Parameters:\n  Size: {Type: Number}\n\(empty)",
            ],
            code: .parameter,
            mentions: ["inner.yaml (nested stack Inner): line 2, Parameters.Size", "Size"]
        ),
        Case(
            testDescription: "an output that the nested template does not declare",
            files: [
                "template.yaml": "\(nesting("inner.yaml"))\nOutputs:\n  X: {Value: !GetAtt Inner.Outputs.Y}",
                "inner.yaml": "\(empty)Outputs:\n  Z: {Value: z}\n",
            ],
            code: .missingReference,
            mentions: ["template.yaml: line 8, Outputs.X.Value", "no output Y", "It has: Z"]
        ),
        Case(
            testDescription: "a missing output in a property that is not emulated",
            files: [
                "template.yaml": """
                \(nesting("inner.yaml"))
                  Role: {Type: AWS::IAM::Role, Properties: {Description: !Sub "${Inner.Outputs.Y}"}}
                """,
                "inner.yaml": empty,
            ],
            code: .missingReference,
            mentions: ["template.yaml: line 7, Resources.Role.Properties.Description", "no output Y", "It has: none"]
        ),
        Case(
            testDescription: "an output whose condition does not hold",
            files: [
                "template.yaml": "\(nesting("inner.yaml"))\nOutputs:\n  X: {Value: !GetAtt Inner.Outputs.Y}",
                "inner.yaml":
                    "Conditions: {Never: !Equals [a, b]}\n\(empty)Outputs:\n  Y: {Condition: Never, Value: y}\n",
            ],
            code: .missingReference,
            mentions: ["template.yaml: line 8, Outputs.X.Value", "condition does not hold"]
        ),
        Case(
            testDescription: "stacks whose parameters depend on each other's outputs",
            files: [
                "template.yaml": """
                Resources:
                  A:
                    Type: AWS::CloudFormation::Stack
                    Properties: {TemplateURL: inner.yaml, Parameters: {In: !GetAtt B.Outputs.Out}}
                  B:
                    Type: AWS::CloudFormation::Stack
                    Properties: {TemplateURL: inner.yaml, Parameters: {In: !GetAtt A.Outputs.Out}}
                """,
                "inner.yaml": "Parameters:\n  In: {Type: String}\n\(empty)Outputs:\n  Out: {Value: !Ref In}\n",
            ],
            code: .circularReference,
            mentions: ["A → B → A"]
        ),
        Case(
            testDescription: "functions of two stacks with the same name",
            files: [
                "template.yaml": """
                Resources:
                  A: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: inner.yaml}}
                  B: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: inner.yaml}}
                """,
                "inner.yaml": """
                Resources:
                  F:
                    Type: AWS::Lambda::Function
                    Properties: {Handler: h, Runtime: provided, FunctionName: same}
                """,
            ],
            code: .conflict,
            mentions: ["inner.yaml (nested stack B)", "A.F and B.F"]
        ),
        Case(
            testDescription: "a file larger than CloudFormation accepts",
            files: [
                "template.yaml": nesting("inner.yaml"),
                "inner.yaml": empty + "# " + String(repeating: "x", count: 1_048_576),
            ],
            code: .limit,
            mentions: ["Resources.Inner.Properties.TemplateURL", "1048576 bytes"]
        ),
        Case(
            testDescription: "a device",
            files: ["template.yaml": nesting("/dev/zero")],
            code: .malformed,
            mentions: ["Resources.Inner.Properties.TemplateURL", "/dev/zero is not a regular file"]
        ),
        Case(
            testDescription: "a folder",
            files: ["template.yaml": nesting("../")],
            code: .malformed,
            mentions: ["is not a regular file"]
        ),
    ])
    func errorsAreReportedWithTheirLocation(_ example: Case) throws {
        #expect { try application(example.files) } throws: { error in
            let error = error as? TemplateError
            let text = error.map { "\($0)" } ?? ""
            return error?.code == example.code && example.mentions.allSatisfy { text.contains($0) }
        }
    }

    @Test func aNamedPipeIsNotRead() throws {
        let pipe = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try #require(mkfifo(pipe.path, 0o600) == 0)
        defer { unlink(pipe.path) }
        let error = #expect(throws: TemplateError.self) { try TemplateReader(contentsOf: pipe) }
        #expect(error?.message.contains("is not a regular file") == true)
    }

    @Test func filesMayHaveAbsolutePathsAndSymbolicLinks() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appending(path: "inner.yaml")
        let link = folder.appending(path: "link.yaml")
        try "Resources:\n  Queue: {Type: AWS::SQS::Queue}\n".write(to: file, atomically: true, encoding: .utf8)
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: file)
        for path in [file.path, link.path] {
            #expect(try application(["template.yaml": Self.nesting(path)]).queues.map(\.logicalID) == ["Inner.Queue"])
        }
    }

    @Test func depthIsLimited() throws {
        var files = ["f12.yaml": Self.empty]
        for index in 1...11 { files["f\(index).yaml"] = Self.nesting("f\(index + 1).yaml") }
        files["template.yaml"] = Self.nesting("f1.yaml")
        #expect { try application(files) } throws: { ($0 as? TemplateError)?.code == .limit }
    }

    @Test func theNumberOfStacksIsLimited() throws {
        func nestingTwice(_ file: String) -> String {
            """
            Resources:
              A: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: \(file)}}
              B: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: \(file)}}
            """
        }
        var files = ["template.yaml": nestingTwice("f1.yaml"), "f8.yaml": Self.empty]
        for index in 1...7 { files["f\(index).yaml"] = nestingTwice("f\(index + 1).yaml") }
        #expect { try application(files) } throws: { ($0 as? TemplateError)?.code == .limit }
    }

    @Test(arguments: ["https://example.com/inner.yaml", "s3://bucket/inner.yaml"])
    func aTemplateThatIsNotALocalFileIsNotRun(location: String) throws {
        let application = try application([
            "template.yaml": """
            \(Self.nesting(location))
              Api:
                Type: AWS::Serverless::HttpApi
            Outputs:
              X: {Value: !Sub "x${Inner.Outputs.Y}"}
            """
        ])
        #expect(application.outputs == ["X": "x"])
        #expect(application.unsupported.map(\.logicalID) == ["Inner", "Inner"])
    }

    @Test func anApplicationOfTheRepositoryIsNotRun() throws {
        let template = """
            Transform: AWS::Serverless-2016-10-31
            Resources:
              Inner:
                Type: AWS::Serverless::Application
                Properties: {Location: {ApplicationId: "arn:aws:x", SemanticVersion: 1.0.0}}
            """
        #expect(try application(["template.yaml": template]).unsupported.map(\.logicalID) == ["Inner"])
    }

    @Test func aRouteMayBelongToTheAPIOfAnotherStack() throws {
        let application = try application([
            "template.yaml": """
            Resources:
              Api:
                Type: AWS::ApiGatewayV2::Api
                Properties: {Name: a, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action}
              Stage:
                Type: AWS::ApiGatewayV2::Stage
                Properties: {ApiId: !Ref Api, StageName: live, AutoDeploy: true}
              Inner:
                Type: AWS::CloudFormation::Stack
                Properties: {TemplateURL: inner.yaml, Parameters: {ApiId: !Ref Api}}
            """,
            "inner.yaml": """
            Parameters:
              ApiId: {Type: String}
            Resources:
              F:
                Type: AWS::Lambda::Function
                Properties: {Handler: h, Runtime: provided.al2023}
              Integration:
                Type: AWS::ApiGatewayV2::Integration
                Properties: {ApiId: !Ref ApiId, IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt F.Arn}
              Route:
                Type: AWS::ApiGatewayV2::Route
                Properties: {ApiId: !Ref ApiId, RouteKey: hi, Target: !Sub "integrations/${Integration}"}
              Response:
                Type: AWS::ApiGatewayV2::RouteResponse
                Properties: {ApiId: !Ref ApiId, RouteId: !Ref Route, RouteResponseKey: $default}
            """,
        ])
        let route = try #require(application.webSocketAPIs.first?.routes.first)
        #expect(route.integration == .function(logicalID: "Inner.F", timeout: 29_000))
        #expect(route.returnsResponse)
        #expect(application.unsupported == [])
    }
}
