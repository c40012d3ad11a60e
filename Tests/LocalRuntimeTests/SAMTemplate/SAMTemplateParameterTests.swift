import SAMTemplate
import Testing

@Suite("Template parameters")
struct SAMTemplateParameterTests {
    private func value(_ declaration: String, _ override: String?) throws -> String? {
        let template = """
            Parameters:
              P: \(declaration)
            Resources: {A: {Type: AWS::IAM::Role}}
            Outputs: {O: {Value: !Ref P}}
            """
        return try application(template, parameters: override.map { ["P": $0] } ?? [:]).outputs["O"]
    }

    @Test(arguments: [
        ("{Type: String, Default: x}", nil, "x"),
        ("{Type: String, Default: x}", "y", "y"),
        ("{Type: String, Default: ''}", nil, ""),
        ("{Type: String, Default: true}", nil, "true"),
        ("{Type: String, Default: 007}", nil, "7"), ("{Type: String, Default: '007'}", nil, "007"),
        ("{Type: Number, Default: 1.50}", nil, "1.5"),
        ("{Type: CommaDelimitedList, Default: 'a, b'}", nil, #"["a","b"]"#),
        ("{Type: 'List<Number>', Default: '1,2'}", nil, "[1,2]"),
        ("{Type: 'List<AWS::EC2::Subnet::Id>'}", "subnet-1,subnet-2", #"["subnet-1","subnet-2"]"#),
        ("{Type: 'AWS::EC2::VPC::Id'}", "vpc-1", "vpc-1"),
        ("{Type: String, AllowedValues: [a, 1]}", "1", "1"),
        ("{Type: String, AllowedPattern: '[a-z]+'}", "abc", "abc"),
        ("{Type: Number, MinValue: 1, MaxValue: 5}", "5", "5"),
        ("{Type: 'AWS::SSM::Parameter::Value<String>', Default: /path}", "given", "given"),
    ])
    func takeTheirOverrideOrDefault(declaration: String, override: String?, expected: String) throws {
        #expect(try value(declaration, override) == expected)
    }

    @Test(arguments: [
        ("{Type: String}", nil, "No value for P"),
        ("{Type: Number}", "many", "not a number"),
        ("{Type: 'List<Number>'}", "1,x", "not a number"),
        ("{Type: String, AllowedValues: [a, b]}", "c", "a, b"),
        ("{Type: String, AllowedPattern: '[a-z]+'}", "abc1", "[a-z]+"),
        ("{Type: String, AllowedPattern: '[a-z]+', ConstraintDescription: Letters only.}", "1", "Letters only."),
        ("{Type: String, MinLength: 2}", "x", "MinLength"),
        ("{Type: String, MaxLength: 2}", "xyz", "MaxLength"),
        ("{Type: Number, MinValue: 1}", "0", "MinValue"),
        ("{Type: Number, MaxValue: 9}", "10", "MaxValue"),
        ("{Type: Stringy}", "x", "Stringy"),
    ])
    func rejectValuesThatTheirDeclarationForbids(declaration: String, override: String?, mentions: String) {
        let error = #expect(throws: TemplateError.self) { try value(declaration, override) }
        #expect(error?.code == .parameter)
        #expect(error?.path == "Parameters.P")
        #expect(error?.line == 2)
        #expect(error?.message.contains(mentions) == true, "\(error?.message ?? "")")
    }

    @Test func errorsDoNotContainSecrets() {
        let error = #expect(throws: TemplateError.self) {
            try value("{Type: String, NoEcho: true, AllowedPattern: '[a-z]+'}", "S3CRET")
        }
        #expect(error?.message.contains("S3CRET") == false)
    }

    @Test func anUnknownParameterIsAnErrorThatListsTheKnownOnes() {
        let error = #expect(throws: TemplateError.self) {
            try application(
                "Parameters: {Name: {Type: String, Default: x}}\nResources: {A: {Type: AWS::IAM::Role}}",
                parameters: ["Nmae": "y"]
            )
        }
        #expect(error?.code == .parameter)
        #expect(error?.message.contains("It has: Name") == true)
    }

    @Test func systemsManagerParametersAreNoted() throws {
        let template = """
            Parameters: {P: {Type: "AWS::SSM::Parameter::Value<String>", Default: /path}}
            Resources: {A: {Type: AWS::IAM::Role}}
            Outputs: {O: {Value: !Ref P}}
            """
        let asked = try application(template)
        #expect(asked.outputs["O"] == "/path")
        #expect(asked.unsupported.map(\.logicalID) == ["P"])
        #expect(try application(template, parameters: ["P": "x"]).unsupported == [])
    }

    @Test func localMetadataIsReadWithoutParameterValues() throws {
        let reader = try TemplateReader(
            text: """
                Metadata:
                  LocalRuntime:
                    Parameters: {DatabaseUrl: "local:database-url", Size: 3}
                Parameters:
                  DatabaseUrl: {Type: String}
                  Size: {Type: Number}
                Resources: {A: {Type: AWS::IAM::Role}}
                """
        )
        #expect(reader.localMetadata.parameters == ["DatabaseUrl": "local:database-url", "Size": "3"])
    }
}
