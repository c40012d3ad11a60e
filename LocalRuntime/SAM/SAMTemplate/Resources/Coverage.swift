/// The resource types that are emulated, and those that need no emulation.
enum Coverage {
    /// Types that this module reads.
    private static let emulated: Set<String> = [
        "AWS::Serverless::Function", "AWS::Serverless::HttpApi", "AWS::Serverless::WebSocketApi",
        "AWS::Lambda::Function", "AWS::CloudFormation::CustomResource", "AWS::CloudFormation::Stack",
        "AWS::Serverless::Application",
        "AWS::ApiGatewayV2::Api", "AWS::ApiGatewayV2::Authorizer", "AWS::ApiGatewayV2::Deployment",
        "AWS::ApiGatewayV2::Integration", "AWS::ApiGatewayV2::Route", "AWS::ApiGatewayV2::RouteResponse",
        "AWS::ApiGatewayV2::Stage", "AWS::Events::Rule", "AWS::Lambda::EventInvokeConfig",
        "AWS::Lambda::EventSourceMapping", "AWS::S3::Bucket", "AWS::SQS::Queue", "AWS::Scheduler::Schedule",
    ]

    /// Types whose effect is visible and not emulated, with the consequence.
    private static let replaced = [
        "AWS::CloudFront::Distribution":
            "content delivery is not emulated: call the origins directly, without a cache."
    ]

    /// Types that have no effect in a local run, such as permissions, logs, metrics, networks and domain names.
    private static let harmless: Set<String> = [
        "AWS::ApiGateway::Account", "AWS::ApiGatewayV2::ApiMapping", "AWS::ApiGatewayV2::DomainName",
        "AWS::CertificateManager::Certificate", "AWS::CloudFormation::WaitConditionHandle",
        "AWS::CloudFront::CachePolicy", "AWS::CloudFront::CloudFrontOriginAccessIdentity",
        "AWS::CloudFront::Function", "AWS::CloudFront::KeyGroup", "AWS::CloudFront::MonitoringSubscription",
        "AWS::CloudFront::OriginAccessControl", "AWS::CloudFront::OriginRequestPolicy", "AWS::CloudFront::PublicKey",
        "AWS::CloudFront::RealtimeLogConfig", "AWS::CloudFront::ResponseHeadersPolicy",
        "AWS::CloudWatch::Alarm", "AWS::CloudWatch::AnomalyDetector", "AWS::CloudWatch::CompositeAlarm",
        "AWS::CloudWatch::Dashboard", "AWS::CloudWatch::InsightRule",
        "AWS::KMS::Alias", "AWS::KMS::Key", "AWS::Lambda::Alias", "AWS::Lambda::CodeSigningConfig",
        "AWS::Lambda::LayerVersion", "AWS::Lambda::LayerVersionPermission", "AWS::Lambda::Permission",
        "AWS::Lambda::Version", "AWS::Logs::LogGroup", "AWS::Logs::MetricFilter", "AWS::Logs::QueryDefinition",
        "AWS::Logs::ResourcePolicy", "AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy",
        "AWS::SQS::QueueInlinePolicy", "AWS::SQS::QueuePolicy",
        "AWS::SSM::Parameter", "AWS::Scheduler::ScheduleGroup", "AWS::SecretsManager::ResourcePolicy",
        "AWS::Serverless::Connector", "AWS::Serverless::LayerVersion", "AWS::WAFv2::WebACL",
        "AWS::WAFv2::WebACLAssociation", "AWS::XRay::Group", "AWS::XRay::SamplingRule",
    ]

    /// Services whose resources have no effect in a local run.
    private static let harmlessServices = [
        "AWS::ApplicationAutoScaling::", "AWS::Budgets::", "AWS::CodeDeploy::", "AWS::EC2::", "AWS::IAM::",
        "AWS::ResourceGroups::", "AWS::Route53::", "AWS::ServiceDiscovery::", "AWS::Synthetics::",
    ]

    static func needsNoEmulation(_ type: String) -> Bool {
        harmless.contains(type)
            || type != "AWS::EC2::Instance" && harmlessServices.contains { type.hasPrefix($0) }
    }

    /// Notes the resources and sections that are not emulated.
    static func noteUnsupported(_ resolver: Resolver) throws(TemplateError) {
        for resource in try resolver.deployedResources() {
            let type = resource.type
            guard !emulated.contains(type), !CustomResourceReader.reads(type), !needsNoEmulation(type) else { continue }
            resolver.note(resource, replaced[type])
        }
        resolver.noteTransforms()
        for section in resolver.template.ignored {
            resolver.note(logicalID: section, type: "section", "\(section) is not evaluated.")
        }
        let known = ["AWS::Serverless-2016-10-31", "AWS::LanguageExtensions"]
        for transform in resolver.template.transforms where !known.contains(transform) {
            resolver.note(
                logicalID: "Transform",
                type: transform,
                "the macro is not run; the template is read as it is."
            )
        }
    }
}
