import Foundation
import SAMTemplate
import Testing

@Suite("Limits of strings")
struct SAMTemplateTextLimitTests {
    /// The error of a template.yaml that nests these files.
    private func errorReading(_ files: [String: String]) throws -> TemplateError? {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (name, text) in files {
            try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
        }
        do {
            _ = try TemplateReader(contentsOf: folder.appending(path: "template.yaml")).application()
            return nil
        } catch {
            return error
        }
    }

    private static let inner = """
        Parameters:
          Text: {Type: String, Default: "0123456789abcdef"}
        Resources:
          Role: {Type: AWS::IAM::Role}
        Outputs:
          Twice: {Value: !Sub "${Text}${Text}"}
        """

    /// Each stack doubles the output of its predecessor.
    @Test func parametersOfSiblingStacksCannotGrowWithoutBound() throws {
        var template = "Resources:\n  S0: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: inner.yaml}}\n"
        for index in 1...60 {
            template += """
                  S\(index):
                    Type: AWS::CloudFormation::Stack
                    Properties:
                      TemplateURL: inner.yaml
                      Parameters: {Text: !GetAtt S\(index - 1).Outputs.Twice}

                """
        }
        let error = try #require(try errorReading(["template.yaml": template, "inner.yaml": Self.inner]))
        #expect(error.code == .limit)
        #expect(error.path == "Resources.S9.Properties.Parameters.Text")
        #expect(error.message.contains("S9") && error.message.contains("4096 bytes"))
    }

    @Test(arguments: [(4_096, nil), (4_097, TemplateError.Code.limit)])
    func aParameterOfANestedStackHasAtMost4096Bytes(count: Int, code: TemplateError.Code?) throws {
        let template = """
            Resources:
              Inner:
                Type: AWS::CloudFormation::Stack
                Properties:
                  TemplateURL: inner.yaml
                  Parameters: {Text: "\(String(repeating: "x", count: count))"}
            """
        #expect(try errorReading(["template.yaml": template, "inner.yaml": Self.inner])?.code == code)
    }

    private static func output(_ expression: String) -> String {
        """
        Parameters:
          Text: {Type: String, Default: "\(String(repeating: "x", count: 4_096))"}
        Resources:
          F:
            Type: AWS::Lambda::Function
            Properties:
              Handler: h
              Runtime: provided.al2023
              Environment:
                Variables: {VV: \(expression)}
        """
    }

    private static let quarter = String(repeating: "${Text}", count: 64)

    @Test(arguments: [
        "!Sub \"\(String(repeating: "${Text}", count: 257))\"",
        "!Join [x, [\(Array(repeating: "!Sub \"\(quarter)\"", count: 4).joined(separator: ", "))]]",
        "!Base64 {\"Fn::Sub\": \"\(String(repeating: "${Text}", count: 200))\"}",
        (0..<30).reduce("!Ref Text") { text, _ in "{\"Fn::Base64\": \(text)}" },
    ])
    func aFunctionMakesAtMostAMebibyte(expression: String) {
        let error = #expect(throws: TemplateError.self) { try application(Self.output(expression)) }
        #expect(error?.code == .limit)
        #expect(error?.path.hasPrefix("Resources.F.Properties.Environment.Variables.V") == true)
    }

    @Test func stringsUpToTheLimitAreAccepted() throws {
        let expression = "!Sub \"\(String(repeating: "${Text}", count: 256))\""
        let application = try application(Self.output(expression))
        #expect(application.functions[0].environment["VV"]?.utf8.count == 1_048_576)
    }

    @Test func theTotalOfAllStringsIsLimited() {
        let strings = Array(repeating: "!Sub \"\(Self.quarter)\"", count: 260).joined(separator: ", ")
        let error = #expect(throws: TemplateError.self) {
            try application(Self.output("!Select [0, [\(strings)]]"))
        }
        #expect(error?.code == .limit)
        #expect(error?.message.contains("in F") == true)
    }
}
