import Testing

@testable import SAMTemplate

@Suite("Properties, names and routes that AWS refuses")
struct SAMTemplatePropertyCheckTests {
    private func failure(_ resources: String) -> TemplateError? {
        do {
            _ = try application("Resources:\n  R:\n    " + resources)
            return nil
        } catch {
            return error as? TemplateError
        }
    }

    private func function(_ properties: String) -> String {
        "{Type: AWS::Serverless::Function, Properties: {Handler: h, Runtime: provided.al2023, \(properties)}}"
    }

    @Test(
        arguments: [
            ("Timeuot: 3", "Timeuot", "Timeout"), ("timeout: 3", "timeout", "Timeout"),
            ("MemmorySize: 128", "MemmorySize", "MemorySize"), ("Environment: {Variable: {}}", "Variable", "Variables"),
            ("VpcConfig: {SubnetId: [a]}", "SubnetId", "SubnetIds"), ("Enviroment: {}", "Enviroment", "Environment"),
            ("Code: x", "Code", nil), ("Colour: red", "Colour", nil),
            ("Events: {A: {Type: SQS, Properties: {Queue: x, BatchSze: 1}}}", "BatchSze", "BatchSize"),
            ("Events: {A: {Type: HttpApi, Properties: {Path: /, Methd: get}}}", "Methd", "Method"),
            ("Events: {A: {Type: Schedule, Properties: {Schedul: rate(1 minute)}}}", "Schedul", "Schedule"),
            ("EventInvokeConfig: {DestinationConfig: {OnFailur: {}}}", "OnFailur", "OnFailure"),
        ]
    )
    func anUnknownPropertyOfAFunction(properties: String, name: String, suggestion: String?) {
        let error = failure(function(properties))
        #expect(error?.message.hasPrefix("\(name) is not a property of ") == true)
        #expect(error?.path.hasSuffix(".\(name)") == true && error?.line != nil)
        if let suggestion { #expect(error?.message.hasSuffix("Did you mean \(suggestion)?") == true) }
    }

    @Test(
        arguments: [
            ("AWS::SQS::Queue", "VisibilityTimeOut: 3"), ("AWS::SQS::Queue", "Name: x"),
            ("AWS::S3::Bucket", "CorsConfiguration: {CorsRules: [{AllowedMethod: [GET]}]}"),
            ("AWS::S3::Bucket", "NotificationConfiguration: {QueueConfiguration: []}"),
            ("AWS::ApiGatewayV2::Api", "ProtocolTyp: HTTP"), ("AWS::ApiGatewayV2::Route", "RouteKy: $default"),
            ("AWS::ApiGatewayV2::Stage", "AutoDeplo: true"), ("AWS::Events::Rule", "Target: []"),
            ("AWS::Scheduler::Schedule", "ScheduleExpresion: x"), ("AWS::Serverless::HttpApi", "CorsConfig: true"),
            ("AWS::Lambda::EventSourceMapping", "EventSource: x"),
            ("AWS::S3::Bucket", "CorsConfiguration: !If [C, {CorsRules: []}, {CorsRule: []}]"),
        ]
    )
    func anUnknownPropertyOfAnotherResource(type: String, property: String) {
        let text = "{Type: \(type), Properties: {\(property)}}\nConditions: {C: !Equals [a, a]}"
        #expect(failure(text)?.message.contains("is not a property of \(type)") == true)
    }

    @Test(
        arguments: [
            "Tags: {Any: thing}", "Environment: !If [C, {Variables: {AA: b}}, !Ref AWS::NoValue]",
            "Events: {A: {Type: Api, Properties: {Path: /, Method: get, RestApiId: x}}}", "Policies: [{Statement: []}]",
            "Layers: [a]", "CodeUri: {Bucket: b, Key: k}", "SnapStart: {ApplyOn: None}",
        ]
    )
    func propertiesThatAreNotReadRemainAllowed(properties: String) {
        #expect(failure(function(properties))?.message.contains("is not a property") != true)
    }

    @Test(arguments: ["My-Queue", "My_Queue", "Ö", "a.b", "'a b'"]) func badLogicalIDs(id: String) {
        for text in [
            "Resources: {\(id): {Type: AWS::SQS::Queue}}",
            "Parameters: {\(id): {Type: String, Default: x}}\nResources: {Q: {Type: AWS::SQS::Queue}}",
            "Resources: {Q: {Type: AWS::SQS::Queue}}\nOutputs: {\(id): {Value: x}}",
        ] {
            let error = #expect(throws: TemplateError.self) { try application(text) }
            #expect(error?.message.contains("is not a logical id") == true)
        }
    }

    @Test(
        arguments: [
            "/a/", "//", "/a//b", "/{}", "/{a", "/a}", "/x{a}", "/{a}x", "/{a+}/b", "/{+}", "/{a b}", "a", "/{a}{b}",
        ]
    )
    func badPaths(path: String) {
        let event = "Events: {A: {Type: HttpApi, Properties: {Path: '\(path)', Method: get}}}"
        #expect(failure(function(event))?.code == .invalid)
    }

    @Test(arguments: ["/", "/a", "/a/{b}", "/a/{b}/{c+}", "/{proxy+}", "/a.b-c_d~", "/a%20b", "$default"])
    func goodPaths(path: String) {
        let event = "Events: {A: {Type: HttpApi, Properties: {Path: '\(path)', Method: get}}}"
        #expect(failure(function(event)) == nil)
    }

    @Test(arguments: ["gett", "TRACE", "CONNECT", "''", "G E T", "purge"]) func badMethods(method: String) {
        let event = "Events: {A: {Type: HttpApi, Properties: {Path: /, Method: \(method)}}}"
        #expect(failure(function(event))?.message.contains("is not a method") == true)
    }

    @Test(arguments: ["get", "POST", "Any", "'*'", "x-amazon-apigateway-any-method", "head", "options"])
    func goodMethods(method: String) {
        let event = "Events: {A: {Type: HttpApi, Properties: {Path: /, Method: \(method)}}}"
        #expect(failure(function(event)) == nil)
    }

    @Test(arguments: [("", "abc", 3), ("abc", "abc", 0), ("Timeuot", "Timeout", 1), ("kitten", "sitting", 3)])
    func distances(first: String, second: String, distance: Int) {
        #expect(EditDistance.between(first, second) == distance)
        #expect(EditDistance.between(second, first) == distance)
    }
}
