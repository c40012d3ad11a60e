import SAMTemplate
import Testing

@Suite("Template errors")
struct SAMTemplateErrorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var template: String
        var code: TemplateError.Code
        var path: String
        var line: Int?
        var mentions: String
    }

    private static let function = """
        Type: AWS::Serverless::Function
        Properties: {Handler: h, Runtime: provided.al2023}
        """

    static let cases = [
        Case(
            testDescription: "invalid YAML",
            template: "Resources:\n  A: [1, 2",
            code: .malformed,
            path: "",
            line: 3,
            mentions: "YAML"
        ),
        Case(
            testDescription: "a duplicate key",
            template: "Resources:\n  A: {Type: AWS::S3::Bucket}\n  A: {Type: AWS::S3::Bucket}",
            code: .malformed,
            path: "",
            line: 2,
            mentions: "A occurs twice"
        ),
        Case(testDescription: "empty", template: "", code: .malformed, path: "", line: nil, mentions: "empty"),
        Case(
            testDescription: "no resources",
            template: "Outputs: {}",
            code: .invalid,
            path: "",
            line: 1,
            mentions: "no Resources"
        ),
        Case(
            testDescription: "a resource without type",
            template: "Resources:\n  A:\n    Properties: {}",
            code: .invalid,
            path: "Resources.A",
            line: 3,
            mentions: "Type"
        ),
        Case(
            testDescription: "a Ref to nothing",
            template: "Resources:\n  A:\n    Type: AWS::SNS::Topic\n    Properties:\n      TopicName: !Ref Nmae",
            code: .missingReference,
            path: "Resources.A.Properties.TopicName",
            line: 5,
            mentions: "Nmae"
        ),
        Case(
            testDescription: "a GetAtt of nothing in a property that is not emulated",
            template: "Resources:\n  A:\n    Type: AWS::IAM::Role\n    Properties:\n      X: [!GetAtt B.Arn]",
            code: .missingReference,
            path: "Resources.A.Properties.X.0",
            line: 5,
            mentions: "B"
        ),
        Case(
            testDescription: "a Sub of nothing",
            template: "Resources:\n  A: {Type: AWS::IAM::Role}\nOutputs:\n  O:\n    Value: !Sub x-${Missing}",
            code: .missingReference,
            path: "Outputs.O.Value",
            line: 5,
            mentions: "Missing"
        ),
        Case(
            testDescription: "a resource in a condition",
            template: "Conditions:\n  C: !Equals [!Ref A, x]\nResources:\n  A: {Type: AWS::IAM::Role}",
            code: .missingReference,
            path: "Conditions.C.0",
            line: 2,
            mentions: "A"
        ),
        Case(
            testDescription: "a condition that does not exist",
            template: "Resources:\n  A:\n    Type: AWS::IAM::Role\n    Condition: Maybe",
            code: .missingReference,
            path: "Resources.A.Condition",
            line: 3,
            mentions: "Maybe"
        ),
        Case(
            testDescription: "a mapping that does not exist",
            template: "Resources:\n  A:\n    Type: AWS::IAM::Role\n    Properties: {X: !FindInMap [M, a, b]}",
            code: .missingReference,
            path: "Resources.A.Properties.X",
            line: 4,
            mentions: "M"
        ),
        Case(
            testDescription: "a DependsOn of nothing",
            template: "Resources:\n  A:\n    Type: AWS::IAM::Role\n    DependsOn: Z",
            code: .missingReference,
            path: "Resources.A.DependsOn",
            line: 3,
            mentions: "Z"
        ),
        Case(
            testDescription: "a reference to a resource whose condition does not hold",
            template: """
                Conditions: {Never: !Equals [a, b]}
                Resources:
                  A: {Type: AWS::SNS::Topic, Condition: Never}
                Outputs: {O: {Value: !Ref A}}
                """,
            code: .missingReference,
            path: "Outputs.O.Value",
            line: 4,
            mentions: "Never"
        ),
        Case(
            testDescription: "resources that depend on each other",
            template: """
                Resources:
                  A: {Type: AWS::SNS::Topic, Properties: {X: !Ref B}}
                  B: {Type: AWS::SNS::Topic, Properties: {X: !Sub "${C}"}}
                  C: {Type: AWS::SNS::Topic, DependsOn: A}
                """,
            code: .circularReference,
            path: "Resources.A",
            line: 2,
            mentions: "A → B → C → A"
        ),
        Case(
            testDescription: "conditions that depend on each other",
            template: """
                Conditions: {A: !Not [!Condition B], B: !Not [!Condition A]}
                Resources:
                  X: {Type: AWS::SNS::Topic, Condition: A}
                """,
            code: .circularReference,
            path: "Conditions.B.0",
            line: 1,
            mentions: "A → B → A"
        ),
        Case(
            testDescription: "two functions with the same name",
            template: """
                Resources:
                  A: {Type: AWS::Lambda::Function, Properties: {Handler: h, Runtime: provided, FunctionName: same}}
                  B: {Type: AWS::Lambda::Function, Properties: {Handler: h, Runtime: provided, FunctionName: same}}
                """,
            code: .conflict,
            path: "Resources.B.Properties.FunctionName",
            line: 3,
            mentions: "same"
        ),
        Case(
            testDescription: "a function without handler",
            template: "Resources:\n  A:\n    Type: AWS::Serverless::Function\n    Properties: {Runtime: provided}",
            code: .invalid,
            path: "Resources.A.Properties",
            line: 3,
            mentions: "Handler"
        ),
        Case(
            testDescription: "a timeout above Lambda's limit",
            template: """
                Resources:
                  A:
                    Type: AWS::Serverless::Function
                    Properties: {Handler: h, Runtime: provided, Timeout: 901}
                """,
            code: .invalid,
            path: "Resources.A.Properties.Timeout",
            line: 4,
            mentions: "between 1 and 900"
        ),
        Case(
            testDescription: "a map instead of a string",
            template: """
                Resources:
                  A:
                    Type: AWS::Serverless::Function
                    Properties: {Handler: {a: b}, Runtime: provided}
                """,
            code: .invalid,
            path: "Resources.A.Properties.Handler",
            line: 4,
            mentions: "a string, not a map"
        ),
        Case(
            testDescription: "an attribute that functions do not have",
            template: """
                Resources:
                  A: {Type: AWS::Serverless::Function, Properties: {Handler: h, Runtime: provided}}
                Outputs: {O: {Value: !GetAtt A.Name}}
                """,
            code: .missingReference,
            path: "Outputs.O.Value",
            line: 3,
            mentions: "it has Arn"
        ),
        Case(
            testDescription: "a key that a mapping does not have",
            template: """
                Mappings: {M: {a: {b: c}}}
                Resources: {A: {Type: AWS::SNS::Topic}}
                Outputs: {O: {Value: !FindInMap [M, a, x]}}
                """,
            code: .missingReference,
            path: "Outputs.O.Value",
            line: 3,
            mentions: "a, x"
        ),
        Case(
            testDescription: "an unknown entry for local runs",
            template: "Metadata: {LocalRuntime: {Params: {}}}\nResources: {A: {Type: AWS::SNS::Topic}}",
            code: .invalid,
            path: "Metadata.LocalRuntime.Params",
            line: 1,
            mentions: "Parameters"
        ),
    ]

    @Test(arguments: cases)
    func errorsHaveACodeAMessageAndALocation(_ test: Case) {
        let error = #expect(throws: TemplateError.self) { try application(test.template) }
        #expect(error?.code == test.code)
        #expect(error?.path == test.path)
        #expect(error?.line == test.line)
        #expect(error?.message.contains(test.mentions) == true, "\(error?.message ?? "")")
    }

    /// Ten lines that expand to 10⁹ values.
    @Test func theExpansionOfAliasesIsLimited() {
        let lines = (1...9).map {
            "l\($0): &l\($0) [\(Array(repeating: "*l\($0 - 1)", count: 10).joined(separator: ", "))]"
        }
        let error = #expect(throws: TemplateError.self) {
            try application((["l0: &l0 x"] + lines + ["Resources: {}"]).joined(separator: "\n"))
        }
        #expect(error?.code == .malformed)
        #expect(error?.message.contains("aliases") == true)
    }

    private static let brackets = "  " + String(repeating: "[", count: 5_000)

    @Test(arguments: [
        "  " + String(repeating: "[", count: 100_000), String(repeating: "- ", count: 100_000) + "x",
        "  " + String(repeating: "{a: ", count: 100_000), String(repeating: "? ", count: 100_000) + "x",
        (0..<1_000).map { String(repeating: " ", count: $0) + "a:" }.joined(separator: "\n"),
        String(repeating: "- ", count: 100) + String(repeating: "[", count: 150) + String(repeating: "]", count: 150),
        // Each comment, string or key could hide the brackets that follow it.
        "#\r\(brackets)", "#\u{85}\(brackets)", "#\u{2028}\(brackets)", "  [\"a\n  b\", \(brackets)",
        "  ['\"', \(brackets)", "  [a\", \(brackets)", "  " + String(repeating: "[']',", count: 5_000),
        "  " + String(repeating: "[\nA,", count: 5_000), "  " + String(repeating: "[ # ]\n", count: 5_000),
        "  - &a0 []\n" + (1...500).map { "  - &a\($0) [*a\($0 - 1)]" }.joined(separator: "\n"),
    ])
    func nestingIsLimited(value: String) {
        let error = #expect(throws: TemplateError.self) {
            try application("Resources: {A: {Type: AWS::IAM::Role}}\nMetadata:\n\(value)")
        }
        #expect(error?.code == .limit)
    }

    @Test(arguments: [("[", "]"), ("{a: ", "}")])
    func moderateNestingIsAccepted(open: String, close: String) throws {
        let value = String(repeating: open, count: 150) + String(repeating: close, count: 150)
        _ = try application("Metadata: \(value)\nResources: {A: {Type: AWS::IAM::Role}}")
    }

    @Test func bracketsInStringsDoNotCount() throws {
        let strings = (0..<300).map { "  - \"[\($0)\"" }.joined(separator: "\n")
        _ = try application("Metadata:\n\(strings)\nResources: {A: {Type: AWS::IAM::Role}}")
    }

    @Test func theDescriptionHasTheLineAndThePath() {
        let error = TemplateError(.invalid, "Change it.", path: "Resources.A", line: 7)
        #expect("\(error)" == "line 7, Resources.A: Change it.")
        #expect("\(TemplateError(.malformed, "It is empty."))" == "It is empty.")
    }

    @Test func unusedBranchesMayHaveCircularReferences() throws {
        let application = try application(
            """
            Conditions: {Never: !Equals [a, b]}
            Resources:
              A: {Type: AWS::SNS::Topic, Properties: {X: !Ref B}}
              B: {Type: AWS::SNS::Topic, Properties: {X: !If [Never, !Ref A, none]}}
            """
        )
        #expect(application.unsupported.map(\.logicalID) == ["A", "B"])
    }
}
