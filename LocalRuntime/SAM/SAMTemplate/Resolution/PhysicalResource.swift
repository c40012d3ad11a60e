/// The results of `Ref` and `Fn::GetAtt` for a resource.
///
/// Logical ids take the place of names that CloudFormation would generate, because they are readable.
struct PhysicalResource {
    private let resource: Resource
    private let resolver: Resolver
    private var settings: ResolutionSettings { resolver.settings }

    init(_ resource: Resource, resolver: Resolver) {
        self.resource = resource
        self.resolver = resolver
    }

    func reference() throws(TemplateError) -> String {
        switch resource.type {
        case _ where resource.isAPI:
            return APIAddress.apiID(of: resource)
        case "AWS::ApiGatewayV2::Stage", "AWS::ApiGateway::Stage":
            return try resolver.name("StageName", of: resource) ?? "$default"
        case "AWS::Lambda::Alias":
            return "\(try functionARN()):\(try resolver.name("Name", of: resource) ?? "live")"
        case "AWS::Lambda::Version":
            return "\(try functionARN()):1"
        case "AWS::SQS::Queue":
            return "\(settings.servicesURL)/\(settings.accountID)/\(try name())"
        case _ where resource.isNestedStack:
            return settings.stackID(named: "\(settings.stackName)-\(resource.logicalID)")
        case "AWS::SNS::Topic", "AWS::StepFunctions::StateMachine", "AWS::Serverless::StateMachine":
            return try arn()
        default:
            return try name()
        }
    }

    func attribute(_ attribute: String, at path: TemplatePath, line: Int?) throws(TemplateError) -> String {
        switch (resource.type, attribute) {
        case (_, _) where resource.isNestedStack && attribute.hasPrefix("Outputs."):
            let name = String(attribute.dropFirst("Outputs.".count))
            return try resolver.output(name, ofNestedStack: resource, at: path, line: line)
        case ("AWS::EC2::VPC", "CidrBlock"), ("AWS::EC2::Subnet", "CidrBlock"):
            return try resolver.name("CidrBlock", of: resource) ?? ""
        case (_, "Arn") where resource.isFunction:
            return try arn()
        case ("AWS::Serverless::Function", "Version"):
            return "\(try arn()):1"
        case ("AWS::Serverless::Function", "Alias"):
            return "\(try arn()):\(try resolver.name("AutoPublishAlias", of: resource) ?? "live")"
        case ("AWS::Serverless::Function", "Version.Version"):
            return "1"
        case (_, _) where resource.isFunction && !attribute.hasPrefix("SnapStartResponse"):
            throw unknown(attribute, has: "Arn", at: path, line: line)
        case (_, "ApiId") where resource.isAPI:
            return APIAddress.apiID(of: resource)
        case (_, "ApiEndpoint") where resource.isAPI:
            let scheme = try isWebSocket() ? "wss" : "https"
            let host =
                "\(APIAddress.apiID(of: resource)).execute-api.\(settings.region).\(settings.urlSuffix)"
            return "\(scheme)://\(host)"
        case ("AWS::ApiGatewayV2::Api", _):
            throw unknown(attribute, has: "ApiId and ApiEndpoint", at: path, line: line)
        case ("AWS::SSM::Parameter", "Value"):
            return try resolver.name("Value", of: resource) ?? ""
        case (_, "Arn"), (_, "TopicArn"), (_, "TableArn"):
            return try arn()
        case ("AWS::SQS::Queue", "QueueUrl"):
            return try reference()
        case ("AWS::S3::Bucket", "DomainName"):
            return "\(try name()).s3.\(settings.urlSuffix)"
        case ("AWS::S3::Bucket", "RegionalDomainName"):
            return "\(try name()).s3.\(settings.region).\(settings.urlSuffix)"
        case ("AWS::S3::Bucket", "DualStackDomainName"):
            return "\(try name()).s3.dualstack.\(settings.region).\(settings.urlSuffix)"
        case ("AWS::CloudFront::Distribution", "DomainName"):
            return "\(APIAddress.apiID(of: resource)).cloudfront.net"
        case (_, _) where isOwnName(attribute):
            return try name()
        default:
            if !Coverage.needsNoEmulation(resource.type) {
                let detail =
                    "\(path) uses \(resource.logicalID).\(attribute), which is not available here and is left empty."
                resolver.note(logicalID: resource.logicalID, type: resource.type, detail)
            }
            return ""
        }
    }

    /// Whether the attribute is the resource's name: `QueueName`, `GroupId`, `RoleId`. Custom resources and nested
    /// stacks choose the names of their attributes.
    private func isOwnName(_ attribute: String) -> Bool {
        guard !CustomResourceReader.reads(resource.type), !attribute.contains(".") else { return false }
        return attribute.hasSuffix("Name") || attribute.hasSuffix("Id")
    }

    private func isWebSocket() throws(TemplateError) -> Bool {
        if resource.type == "AWS::Serverless::WebSocketApi" { return true }
        return try resolver.name("ProtocolType", of: resource) == "WEBSOCKET"
    }

    /// The function of a version or an alias, which refers to it by name or by ARN.
    private func functionARN() throws(TemplateError) -> String {
        let name = try resolver.name("FunctionName", of: resource) ?? resource.generatedName
        return name.hasPrefix("arn:") ? name : settings.arn(of: "lambda", "function:\(name)")
    }

    private func name() throws(TemplateError) -> String {
        let properties = [
            "FunctionName", "RoleName", "LogGroupName", "BucketName", "TableName", "QueueName", "TopicName",
            "StateMachineName", "Name",
        ]
        // For other types, Name is not the result of Ref.
        let named = [
            "AWS::SSM::Parameter", "AWS::Scheduler::Schedule", "AWS::Events::Rule", "AWS::SecretsManager::Secret",
        ]
        for property in properties where property != "Name" || named.contains(resource.type) {
            if let name = try resolver.name(property, of: resource) { return name }
        }
        switch resource.type {
        case "AWS::S3::Bucket":
            // A bucket's name has at most 63 characters, a logical id up to 255.
            return String("\(settings.stackName)-\(resource.logicalID)".lowercased().prefix(63))
        case "AWS::SQS::Queue":
            return try resource.generatedName + (resolver.name("FifoQueue", of: resource) == "true" ? ".fifo" : "")
        default:
            return resource.generatedName
        }
    }

    private func arn() throws(TemplateError) -> String {
        let name = try name()
        switch resource.type {
        case _ where resource.isFunction: return settings.arn(of: "lambda", "function:\(name)")
        case "AWS::IAM::Role": return "arn:\(settings.partition):iam::\(settings.accountID):role/\(name)"
        case "AWS::S3::Bucket": return "arn:\(settings.partition):s3:::\(name)"
        case "AWS::Events::Rule": return settings.arn(of: "events", "rule/\(name)")
        case "AWS::Scheduler::Schedule":
            let group = try resolver.name("GroupName", of: resource) ?? "default"
            return settings.arn(of: "scheduler", "schedule/\(group)/\(name)")
        case "AWS::Logs::LogGroup": return settings.arn(of: "logs", "log-group:\(name):*")
        case "AWS::DynamoDB::Table", "AWS::Serverless::SimpleTable":
            return settings.arn(of: "dynamodb", "table/\(name)")
        case "AWS::StepFunctions::StateMachine", "AWS::Serverless::StateMachine":
            return settings.arn(of: "states", "stateMachine:\(name)")
        default:
            let service =
                resource.type.split(separator: ":").dropFirst().first.map { $0.lowercased() } ?? "cloudformation"
            return settings.arn(of: service, name)
        }
    }

    private func unknown(_ attribute: String, has known: String, at path: TemplatePath, line: Int?) -> TemplateError {
        let message = "\(resource.logicalID) (\(resource.type)) has no attribute \(attribute); it has \(known)."
        return TemplateError(.missingReference, message, path: "\(path)", line: line)
    }
}

extension Resource {
    var isFunction: Bool { type == "AWS::Serverless::Function" || type == "AWS::Lambda::Function" }

    /// Whether `Ref` returns an API id.
    var isAPI: Bool {
        [
            "AWS::ApiGatewayV2::Api", "AWS::Serverless::HttpApi", "AWS::Serverless::WebSocketApi",
            "AWS::Serverless::Api", "AWS::ApiGateway::RestApi",
        ].contains(type)
    }
}
