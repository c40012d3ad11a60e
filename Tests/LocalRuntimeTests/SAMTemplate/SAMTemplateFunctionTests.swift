import SAMTemplate
import Testing

@Suite("Functions of templates")
struct SAMTemplateFunctionTests {
    private func function(_ properties: String, type: String = "AWS::Serverless::Function") throws -> FunctionResource {
        let template = """
            Globals:
              Function:
                Runtime: provided.al2023
                Timeout: 20
                Tags: {a: b}
                Environment: {Variables: {SHARED: all, LEVEL: info}}
            Conditions: {Never: !Equals [a, b]}
            Resources:
              Hello:
                Type: \(type)
                Properties: \(properties)
            """
        let functions = try application(template).functions
        return try #require(functions.first)
    }

    @Test func defaultsAreThoseOfLambda() throws {
        let function = try function("{Handler: h, Runtime: provided.al2}", type: "AWS::Lambda::Function")
        #expect(function.logicalID == "Hello")
        #expect(function.name == "Hello")
        #expect(function.arn == "arn:aws:lambda:us-east-1:123456789012:function:Hello")
        #expect(function.runtime == "provided.al2")
        #expect(function.timeout == 3)
        #expect(function.memorySize == 128)
        #expect(function.reservedConcurrency == nil)
        #expect(function.codeURI == nil)
        #expect(function.environment == [:])
    }

    @Test func functionPropertiesOverrideGlobals() throws {
        let function = try function(
            "{Handler: h, Timeout: 30, Environment: {Variables: {LEVEL: debug, OWN: 1}}, CodeUri: build}"
        )
        #expect(function.runtime == "provided.al2023")
        #expect(function.timeout == 30)
        #expect(function.codeURI == "build")
        #expect(function.environment == ["SHARED": "all", "LEVEL": "debug", "OWN": "1"])
    }

    @Test func listsAreAppendedToThoseOfGlobals() throws {
        let application = try application(
            """
            Globals: {HttpApi: {CorsConfiguration: {AllowOrigins: [https://a.example], MaxAge: 5}}}
            Resources:
              Api:
                Type: AWS::Serverless::HttpApi
                Properties: {CorsConfiguration: {AllowOrigins: [https://b.example], MaxAge: 6}}
            """
        )
        #expect(application.httpAPIs[0].cors?.allowOrigins == ["https://a.example", "https://b.example"])
        #expect(application.httpAPIs[0].cors?.maxAge == 6)
    }

    @Test func ignoreGlobalsExcludesGlobals() throws {
        let application = try application(
            """
            Globals: {Function: {Timeout: 20, MemorySize: 512}}
            Resources:
              A: {Type: AWS::Serverless::Function, IgnoreGlobals: [Timeout], Properties: {Handler: h, Runtime: provided}}
              B: {Type: AWS::Serverless::Function, IgnoreGlobals: "*", Properties: {Handler: h, Runtime: provided}}
            """
        )
        #expect(application.functions.map(\.timeout) == [3, 3])
        #expect(application.functions.map(\.memorySize) == [512, 128])
    }

    @Test(arguments: [
        ("yes", "true"), ("false", "false"), ("12", "12"), ("1.50", "1.5"), ("'on'", "on"), ("0123", "83"),
        ("2026-01-01", "2026-01-01"), ("''", ""), ("!Ref AWS::Region", "us-east-1"),
        ("'http://x:1/#a'", "http://x:1/#a"),
    ])
    func environmentValuesAreStrings(written: String, expected: String) throws {
        let function = try function("{Handler: h, Environment: {Variables: {XX: \(written)}}}")
        #expect(function.environment["XX"] == expected)
    }

    @Test func aVariableWithNoValueIsNotSet() throws {
        let function = try function("{Handler: h, Environment: {Variables: {XX: !If [Never, a, !Ref AWS::NoValue]}}}")
        #expect(function.environment["XX"] == nil)
    }

    @Test func aListInTheEnvironmentIsAnError() {
        #expect(throws: TemplateError.self) { try function("{Handler: h, Environment: {Variables: {XX: [a]}}}") }
    }

    @Test(arguments: [
        ("CodeUri: s3://bucket/key", nil), ("CodeUri: ./build/", "./build/"),
        ("CodeUri: {Bucket: b, Key: k}", nil), ("CodeUri: !Sub '${AWS::Region}/x'", "us-east-1/x"),
    ])
    func onlyLocalCodeHasAPath(property: String, expected: String?) throws {
        #expect(try function("{Handler: h, \(property)}").codeURI == expected)
    }

    @Test func functionsWhoseConditionDoesNotHoldAreNotDeployed() throws {
        let application = try application(
            """
            Conditions: {Never: !Equals [a, b]}
            Resources:
              A: {Type: AWS::Lambda::Function, Condition: Never, Properties: {Handler: h, Runtime: provided}}
              B: {Type: AWS::Lambda::Function, Properties: {Handler: h, Runtime: provided}}
            """
        )
        #expect(application.functions.map(\.logicalID) == ["B"])
        #expect(application.unsupported == [])
    }

    @Test(arguments: [
        ("Layers: [arn:aws:lambda:us-east-1:1:layer:x:1]", "Layers"),
        ("DeadLetterQueue: {Type: SQS, TargetArn: x}", "DeadLetterQueue"),
        ("InlineCode: x", "InlineCode"),
        ("Runtime: python3.13", "python3.13"),
        ("PackageType: Image", "container images"),
        ("Events: {Changed: {Type: DynamoDB, Properties: {}}}", "Events.Changed"),
        ("EventInvokeConfig: {DestinationConfig: {OnFailure: {Type: SNS, Destination: x}}}", "OnFailure"),
        ("Events: {Rest: {Type: Api, Properties: {Path: /, Method: get}}}", "Api"),
    ])
    func omittedPropertiesAreNoted(property: String, mentions: String) throws {
        let application = try application(
            """
            Globals: {Function: {Runtime: provided.al2023}}
            Resources:
              Hello: {Type: AWS::Serverless::Function, Properties: {Handler: h, \(property)}}
            """
        )
        #expect(application.functions.count == 1)
        #expect(application.unsupported.map(\.logicalID) == ["Hello"])
        #expect(application.unsupported.first?.detail?.contains(mentions) == true)
    }

    @Test func resourcesWithoutLocalEffectAreNotNoted() throws {
        let application = try application(
            """
            Resources:
              Hello:
                Type: AWS::Serverless::Function
                Properties:
                  Handler: h
                  Runtime: provided.al2023
                  AutoPublishAlias: live
                  Tracing: Active
                  Policies: [AWSLambdaBasicExecutionRole]
                  VpcConfig: {SubnetIds: [!ImportValue subnet], SecurityGroupIds: [!GetAtt Group.GroupId]}
                  LoggingConfig: {LogGroup: !Ref Logs}
              Logs: {Type: AWS::Logs::LogGroup}
              Group: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: x}}
              Role: {Type: AWS::IAM::Role}
              Permission: {Type: AWS::Lambda::Permission, Properties: {FunctionName: !Ref Hello.Alias}}
              Alarm: {Type: AWS::CloudWatch::Alarm}
            """
        )
        #expect(application.unsupported == [])
    }

    @Test func resourcesThatAreNotEmulatedAreNoted() throws {
        let application = try application(
            """
            Resources:
              Topic: {Type: AWS::SNS::Topic}
              Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://bucket/key}}
            Rules: {R: {Assertions: []}}
            Hooks: {H: {Type: AWS::CodeDeploy::BlueGreen}}
            Transform: [AWS::Serverless-2016-10-31, My::Macro]
            """
        )
        #expect(
            application.unsupported.map(\.type) == ["AWS::SNS::Topic", "section", "section", "My::Macro"]
        )
        #expect(
            application.unsupported.map(\.logicalID) == [
                "Topic", "Hooks", "Resources.Fn::Transform", "Transform",
            ]
        )
    }
}

@Suite("Custom resources of templates")
struct SAMTemplateCustomResourceTests {
    @Test func propertiesArePassedAsStrings() throws {
        let application = try application(
            """
            Resources:
              Migrate: {Type: AWS::Serverless::Function, Properties: {Handler: h, Runtime: provided}}
              Schema:
                Type: Custom::Schema
                Properties:
                  ServiceToken: !GetAtt Migrate.Arn
                  Version: 3
                  Force: true
                  Nested: {List: [1, "a\\"b", !Ref AWS::Region], Gone: !Ref AWS::NoValue}
              Other:
                Type: AWS::CloudFormation::CustomResource
                Properties: {ServiceToken: !GetAtt Migrate.Arn}
            """
        )
        let arn = "arn:aws:lambda:us-east-1:123456789012:function:Migrate"
        #expect(application.customResources.map(\.logicalID) == ["Schema", "Other"])
        #expect(application.customResources.map(\.function) == ["Migrate", "Migrate"])
        #expect(application.customResources[1].type == "AWS::CloudFormation::CustomResource")
        #expect(
            application.customResources[0].properties
                == #"{"ServiceToken":"\#(arn)","Version":"3","Force":"true","Nested":{"List":["1","a\"b","us-east-1"]}}"#
        )
        #expect(application.unsupported == [])
    }

    @Test func aServiceTokenThatIsNotAFunctionIsNoted() throws {
        let application = try application(
            "Resources: {A: {Type: Custom::Thing, Properties: {ServiceToken: arn:aws:sns:us-east-1:1:topic}}}"
        )
        #expect(application.customResources == [])
        #expect(application.unsupported.map(\.logicalID) == ["A"])
    }

    @Test func attributesOfCustomResourcesAreEmptyAndNoted() throws {
        let application = try application(
            """
            Resources:
              F: {Type: AWS::Lambda::Function, Properties: {Handler: h, Runtime: provided}}
              A: {Type: Custom::Thing, Properties: {ServiceToken: !GetAtt F.Arn}}
            Outputs: {O: {Value: !Sub "x${A.TableName}"}}
            """
        )
        #expect(application.outputs == ["O": "x"])
        #expect(application.unsupported.first?.detail?.contains("A.TableName") == true)
    }
}
