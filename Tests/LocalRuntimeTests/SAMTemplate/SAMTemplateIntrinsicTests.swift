import SAMTemplate
import Testing

@Suite("Intrinsic functions")
struct SAMTemplateIntrinsicTests {
    @Test(arguments: [
        // Ref
        ("!Ref Name", "ada"),
        ("{Ref: Name}", "ada"),
        ("!Ref Count", "3"),
        ("!Ref Function", "greeter"),
        ("!Ref Bucket", "local-bucket"),
        ("!Ref AWS::Region", "us-east-1"),
        ("!Ref AWS::AccountId", "123456789012"),
        ("!Ref AWS::Partition", "aws"),
        ("!Ref AWS::StackName", "local"),
        ("!Ref AWS::URLSuffix", "amazonaws.com"),
        ("!Ref Zones", #"["a","b","c"]"#),
        // GetAtt
        ("!GetAtt Function.Arn", "arn:aws:lambda:us-east-1:123456789012:function:greeter"),
        ("{'Fn::GetAtt': [Function, Arn]}", "arn:aws:lambda:us-east-1:123456789012:function:greeter"),
        ("!GetAtt Bucket.Arn", "arn:aws:s3:::local-bucket"),
        // Sub
        ("!Sub hello ${Name}", "hello ada"),
        (
            "!Sub '${AWS::Region}/${Function}/${Function.Arn}'",
            "us-east-1/greeter/arn:aws:lambda:us-east-1:123456789012:function:greeter"
        ),
        ("!Sub ['${Name}-${Other}', {Other: !Ref Count}]", "ada-3"),
        ("!Sub ['${Name}', {Name: own}]", "own"),
        ("!Sub 'a ${!Literal} $x $ {y}'", "a ${Literal} $x $ {y}"),
        ("{'Fn::Sub': plain}", "plain"),
        // Join, Split, Select
        ("!Join ['-', [a, !Ref Name, 1]]", "a-ada-1"),
        ("!Join [',', !Ref Zones]", "a,b,c"),
        ("!Join ['', []]", ""),
        ("!Join [',', !Split ['|', 'a|b||c']]", "a,b,,c"),
        ("!Select [1, !Ref Zones]", "b"),
        ("!Select ['2', [x, y, z]]", "z"),
        ("!Select [0, !GetAZs '']", "us-east-1a"),
        ("!Select [1, !GetAZs eu-west-1]", "eu-west-1b"),
        // FindInMap
        ("!FindInMap [Sizes, !Ref AWS::Region, small]", "128"),
        ("!Select [1, !FindInMap [Sizes, us-east-1, large]]", "2"),
        ("!FindInMap [Sizes, us-east-1, huge, {DefaultValue: 512}]", "512"),
        // Conditions
        ("!If [IsAda, yes she is, no]", "yes she is"),
        ("!If [IsMany, many, !Sub 'only ${Count}']", "only 3"),
        ("!If [IsBoth, both, not both]", "not both"),
        ("!If [IsEither, either, neither]", "either"),
        ("!If [IsAda, !If [IsMany, a, b], c]", "b"),
        ("!Join [',', [a, !If [IsMany, b, !Ref AWS::NoValue], c]]", "a,c"),
        // Cidr
        ("!Join [' ', !Cidr [10.0.0.0/16, 3, 8]]", "10.0.0.0/24 10.0.1.0/24 10.0.2.0/24"),
        ("!Select [255, !Cidr ['10.1.2.3/8', '256', 4]]", "10.0.15.240/28"),
        ("!Join [' ', !Cidr [192.168.0.0/24, 1, 8]]", "192.168.0.0/24"),
        ("!Join [' ', !Cidr ['2001:db8:1234:1a00::/56', 2, 64]]", "2001:db8:1234:1a00::/64 2001:db8:1234:1a01::/64"),
        ("!Select [1, !Cidr ['2001:DB8:0:0:1::/80', 2, 16]]", "2001:db8::1:0:1:0/112"),
        ("!Select [1, !Cidr ['::/0', 2, 64]]", "0:0:0:1::/64"),
        ("{'Fn::Length': !Cidr [10.0.0.0/8, 256, 8]}", "256"),
        // Base64, Length, ToJsonString
        ("!Base64 hello", "aGVsbG8="),
        ("{'Fn::Base64': !Sub '${Name}'}", "YWRh"),
        ("{'Fn::Length': !Ref Zones}", "3"),
        ("{'Fn::Length': [a, !Ref Name, !If [IsMany, b, !Ref AWS::NoValue]]}", "2"),
        ("{'Fn::Length': !Split [',', 'a,b,c,d']}", "4"),
        ("{'Fn::ToJsonString': !Ref Zones}", #"["a","b","c"]"#),
        ("!Join ['', [!Sub '${Name}=', {'Fn::ToJsonString': {n: !Ref Count}}]]", #"ada={"n":3}"#),
        (#"{'Fn::ToJsonString': {b: !Ref Name, a: [1, 2.50, "x\"y"]}}"#, #"{"b":"ada","a":[1,2.5,"x\"y"]}"#),
        ("'{{resolve:ssm:/name}}'", "{{resolve:ssm:/name}}"),
    ])
    func returnWhatCloudFormationReturns(expression: String, expected: String) throws {
        #expect(try evaluated(expression) == expected)
    }

    @Test func conditionsFollowParameters() throws {
        let parameters = ["Name": "grace", "Count": "4"]
        #expect(try evaluated("!If [IsAda, a, b]", parameters: parameters) == "b")
        #expect(try evaluated("!If [IsMany, a, b]", parameters: parameters) == "a")
        #expect(try evaluated("!If [IsEither, a, b]", parameters: parameters) == "a")
    }

    @Test func anOutputWithNoValueIsOmitted() throws {
        #expect(try evaluated("!Ref AWS::NoValue") == nil)
    }

    @Test(arguments: [
        ("!ImportValue shared-subnet", "shared-subnet"),
        ("!Join [',', ['x', !Transform {Name: My::Macro}]]", "x"),
    ])
    func functionsThatAreNotEmulatedAreNoted(expression: String, expected: String) throws {
        let template = """
            Resources:
              Bucket: {Type: AWS::IAM::Role}
            Outputs:
              It: {Value: \(expression)}
            """
        let application = try application(template)
        #expect(application.outputs["It"] == expected)
        #expect(application.unsupported.contains { $0.detail?.contains("Outputs.It.Value") == true })
    }

    @Test func dynamicReferencesAreNotedAndNotResolved() throws {
        let application = try application(
            """
            Resources:
              F:
                Type: AWS::Lambda::Function
                Properties:
                  Handler: h
                  Runtime: provided.al2023
                  Environment: {Variables: {PASSWORD: "{{resolve:secretsmanager:db:SecretString:password}}"}}
            """
        )
        #expect(application.functions[0].environment["PASSWORD"]?.hasPrefix("{{resolve:") == true)
        #expect(application.unsupported.map(\.logicalID) == ["F"])
    }

    @Test(arguments: ["!Foo bar", "{'Fn::Foo': bar}", "{'Fn::ForEach::X': [a, [b], {}]}"])
    func unknownFunctionsAreErrors(expression: String) {
        #expect { try evaluated(expression) } throws: { error in
            let error = error as? TemplateError
            return error?.code == .unknownFunction && error?.path == "Outputs.It.Value"
        }
    }

    @Test(arguments: [
        "!Select [7, !Ref Zones]", "!Select [x, !Ref Zones]", "!Join [',', a]", "!Join a", "!Split ['', a]",
        "!Cidr [10.0.0.0/16, 2]", "!Cidr [10.0.0.0/33, 2, 8]", "!Cidr [10.0.0/16, 2, 8]", "!Cidr [10.0.0.0/24, 2, 8]",
        "!Cidr [10.0.0.0/8, 257, 8]", "!Cidr [10.0.0.0/8, 0, 8]", "!Cidr ['1:2:::/16', 2, 8]",
        "{'Fn::Length': a}", "!Sub 'open ${Name'", "!Sub '${}'", "!Sub '${Zones}'", "!Sub [a]", "!If [IsAda, a]",
        "!GetAtt Function",
    ])
    func errorsForMalformedCallsNameTheExpectedArguments(expression: String) {
        #expect { try evaluated(expression) } throws: { error in
            let error = error as? TemplateError
            return error?.code == .invalid && error?.path.hasPrefix("Outputs.It.Value") == true
        }
    }
}
