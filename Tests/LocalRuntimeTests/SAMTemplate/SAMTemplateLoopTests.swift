import SAMTemplate
import Testing

@Suite("Fn::ForEach")
struct SAMTemplateLoopTests {
    private static let header = """
        Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
        Parameters:
          Names: {Type: CommaDelimitedList, Default: "Ada,Grace"}
          Domain: {Type: String, Default: mail-out}
          Loud: {Type: String, Default: "true"}
        Mappings:
          Queues:
            all: {names: [First, Second]}

        """

    @Test func aLoopCreatesResources() throws {
        let application = try application(
            Self.header + """
                Resources:
                  Fn::ForEach::Functions:
                    - Name
                    - [Join, Leave]
                    - ${Name}Function:
                        Type: AWS::Serverless::Function
                        Properties:
                          Handler: !Ref Name
                          Runtime: provided.al2023
                          CodeUri: !Sub functions/${Name}
                          Environment: {Variables: {TEXT: !Sub "${Name} in ${AWS::Region}"}}
                  Queue: {Type: AWS::SQS::Queue}
                """
        )
        #expect(application.functions.map(\.logicalID) == ["JoinFunction", "LeaveFunction"])
        #expect(application.functions.map(\.handler) == ["Join", "Leave"])
        #expect(application.functions.map(\.codeURI) == ["functions/Join", "functions/Leave"])
        #expect(application.functions[1].environment == ["TEXT": "Leave in us-east-1"])
        #expect(application.queues.map(\.logicalID) == ["Queue"])
        #expect(application.unsupported == [])
    }

    @Test(arguments: [
        ("[One, Two]", ["One", "Two"]), ("!Ref Names", ["Ada", "Grace"]),
        ("[!Ref Names, Zoe]", ["Ada", "Grace", "Zoe"]),
        ("!FindInMap [Queues, all, names]", ["First", "Second"]), ("!Split ['|', 'A|B']", ["A", "B"]),
        ("[!Ref AWS::Partition]", ["aws"]),
    ])
    func aCollectionMayBeAFunctionCall(collection: String, expected: [String]) throws {
        let application = try application(
            Self.header + """
                Resources:
                  Fn::ForEach::Loop: [Id, \(collection), {"${Id}": {Type: AWS::SQS::Queue}}]
                """
        )
        #expect(application.queues.map(\.name) == expected)
    }

    @Test func loopsCanBeNestedAndUsedInEverySection() throws {
        let application = try application(
            Self.header + """
                Conditions:
                  Fn::ForEach::Flags:
                    - Id
                    - [A, B]
                    - Is${Id}: !Equals [!Ref Id, A]
                Resources:
                  Fn::ForEach::Outer:
                    - Id
                    - [A, B]
                    - Fn::ForEach::Inner:
                        - Kind
                        - [Fast, Slow]
                        - ${Id}${Kind}: {Type: AWS::SQS::Queue, Condition: !Sub "Is${Id}"}
                  F:
                    Type: AWS::Lambda::Function
                    Properties:
                      Handler: h
                      Runtime: provided.al2023
                      Environment:
                        Variables:
                          Fn::ForEach::Variables: [Id, !Ref Names, {"NAME_${Id}": !Sub "<${Id}>"}]
                          Other: x
                Outputs:
                  Fn::ForEach::Outputs:
                    - Kind
                    - [Fast, Slow]
                    - ${Kind}Arn: {Value: !GetAtt [!Sub "A${Kind}", Arn]}
                """
        )
        #expect(application.queues.map(\.logicalID) == ["AFast", "ASlow"])
        #expect(application.functions[0].environment == ["NAME_Ada": "<Ada>", "NAME_Grace": "<Grace>", "Other": "x"])
        let prefix = "arn:aws:sqs:us-east-1:123456789012:"
        #expect(application.outputs == ["FastArn": "\(prefix)AFast", "SlowArn": "\(prefix)ASlow"])
    }

    @Test func theValuesOfALoopAreNotSubstitutedAgain() throws {
        let application = try application(
            Self.header + """
                Resources:
                  Fn::ForEach::Outer:
                    - Id
                    - ["${Kind}", "a&{Kind}"]
                    - Fn::ForEach::Inner:
                        - Kind
                        - [x]
                        - Q&{Id}: {Type: AWS::SQS::Queue}
                          P&{Id}:
                            Type: AWS::Lambda::Function
                            Properties:
                              Handler: "${Id}-${Kind}-{Kind}-${${Kind}-&{Kind}{"
                              Runtime: provided.al2023
                """
        )
        #expect(application.queues.map(\.logicalID) == ["QKind", "QaKind"])
        #expect(application.functions.map(\.handler) == ["${Kind}-x-{Kind}-${x-x{", "a&{Kind}-x-{Kind}-${x-x{"])
    }

    @Test func anAmpersandKeepsOnlyLettersAndDigits() throws {
        let application = try application(
            Self.header + """
                Resources:
                  Fn::ForEach::Loop:
                    - Domain
                    - [mail-out, 10.0.0.1]
                    - Queue&{Domain}: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub "q-&{Domain}"}}
                Outputs:
                  It: {Value: !Ref Domain}
                """
        )
        #expect(application.queues.map(\.logicalID) == ["Queuemailout", "Queue10001"])
        #expect(application.queues.map(\.name) == ["q-mailout", "q-10001"])
        #expect(application.outputs == ["It": "mail-out"])
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var resources: String
        var code: TemplateError.Code
        var mentions: String
    }

    @Test(arguments: [
        Case(
            testDescription: "no list",
            resources: "Fn::ForEach::L: x",
            code: .invalid,
            mentions: "Resources.Fn::ForEach::L"
        ),
        Case(
            testDescription: "no name",
            resources: "Fn::ForEach: [Id, [A], {'${Id}': {Type: AWS::SQS::Queue}}]",
            code: .invalid,
            mentions: "Fn::ForEach::{name}"
        ),
        Case(
            testDescription: "a collection that is a string",
            resources: "Fn::ForEach::L: [Id, !Ref Domain, {'${Id}': {Type: AWS::SQS::Queue}}]",
            code: .invalid,
            mentions: "collection"
        ),
        Case(
            testDescription: "a collection from a resource",
            resources:
                "Fn::ForEach::L: [Id, [!GetAtt Q.Arn], {'${Id}': {Type: AWS::SQS::Queue}}]\n  Q: {Type: AWS::SQS::Queue}",
            code: .missingReference,
            mentions: "Q"
        ),
        Case(
            testDescription: "keys without the identifier",
            resources: "Fn::ForEach::L: [Id, [A, B], {Q: {Type: AWS::SQS::Queue}}]",
            code: .conflict,
            mentions: "Q twice"
        ),
        Case(
            testDescription: "a key that exists outside the loop",
            resources: "A: {Type: AWS::SQS::Queue}\n  Fn::ForEach::L: [Id, [A], {'${Id}': {Type: AWS::SQS::Queue}}]",
            code: .conflict,
            mentions: "A twice"
        ),
        Case(
            testDescription: "a logical id with a dash",
            resources: "Fn::ForEach::L: [Id, [a-b], {'Q${Id}': {Type: AWS::SQS::Queue}}]",
            code: .invalid,
            mentions: "&{Identifier}"
        ),
        Case(
            testDescription: "the identifier of an outer loop",
            resources:
                "Fn::ForEach::L: [Id, [A], {'Fn::ForEach::M': [Id, [B], {'${Id}': {Type: AWS::SQS::Queue}}]}]",
            code: .conflict,
            mentions: "identifier Id"
        ),
        Case(
            testDescription: "a resource without a type",
            resources: "Fn::ForEach::L: [Id, [A], {'Q${Id}': {Properties: {}}}]",
            code: .invalid,
            mentions: "Resources.QA"
        ),
    ])
    func invalidLoopsAreErrors(_ example: Case) {
        #expect { try application(Self.header + "Resources:\n  \(example.resources)\n") } throws: { error in
            let error = error as? TemplateError
            return error?.code == example.code && error?.line != nil && "\(error!)".contains(example.mentions)
        }
    }

    @Test func aLoopNeedsTheTransform() {
        let template = """
            Resources:
              Fn::ForEach::L: [Id, [A], {"${Id}": {Type: AWS::SQS::Queue}}]
            """
        #expect { try application(template) } throws: { error in
            let error = error as? TemplateError
            return error?.code == .unknownFunction && error?.message.contains("AWS::LanguageExtensions") == true
        }
    }

    // MARK: Limits

    private func nested(depth: Int, elements: Int) -> String {
        let list = (0..<elements).map { "v\($0)" }.joined(separator: ",")
        var body = "{\"Q" + (0..<depth).map { "${I\($0)}" }.joined() + "\": {Type: AWS::IAM::Role}}"
        for level in (0..<depth).reversed() { body = "{\"Fn::ForEach::L\(level)\": [I\(level), [\(list)], \(body)]}" }
        return Self.header + "Resources: \(body)"
    }

    @Test(arguments: [(5, 100), (2, 1_000), (6, 1)])
    func loopsAreLimitedInNumberAndDepth(depth: Int, elements: Int) {
        #expect { try application(nested(depth: depth, elements: elements)) } throws: { error in
            (error as? TemplateError)?.code == .limit
        }
    }

    @Test func theTextOfLoopsIsLimited() {
        let value = String(repeating: "x", count: 100_000)
        let body = String(repeating: "${Id}", count: 10_000)
        let template =
            Self.header + """
                Resources:
                  Fn::ForEach::L: [Id, [\(value)], {"Q": {Type: AWS::IAM::Role, Properties: {Description: "\(body)"}}}]
                """
        #expect { try application(template) } throws: { ($0 as? TemplateError)?.code == .limit }
    }
}
