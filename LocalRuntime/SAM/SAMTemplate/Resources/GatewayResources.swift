/// The `AWS::ApiGatewayV2::*` resources of a template, by the API that they belong to.
struct GatewayResources {
    let resolver: Resolver
    let functions: FunctionDirectory
    private var members: [String: [Resource]] = [:]
    private var integrations: [String: Resource] = [:]
    private var authorizers: [String: Resource] = [:]

    init(_ resolver: Resolver, functions: FunctionDirectory) throws(TemplateError) {
        self.resolver = resolver
        self.functions = functions
        for resource in try resolver.deployedResources() where Self.types.contains(resource.type) {
            let apiID = try Properties(of: resource, resolver: resolver).requiredString("ApiId")
            members[apiID, default: []].append(resource)
            if resource.type == "AWS::ApiGatewayV2::Integration" { integrations[resource.logicalID] = resource }
            if resource.type == "AWS::ApiGatewayV2::Authorizer" { authorizers[resource.logicalID] = resource }
        }
    }

    private static let types: Set<String> = [
        "AWS::ApiGatewayV2::Authorizer", "AWS::ApiGatewayV2::Deployment", "AWS::ApiGatewayV2::Integration",
        "AWS::ApiGatewayV2::Route", "AWS::ApiGatewayV2::RouteResponse", "AWS::ApiGatewayV2::Stage",
    ]

    /// Members of an API, of one type, in the template's order.
    func members(_ type: String, of apiID: String) -> [Properties] {
        (members[apiID] ?? []).filter { $0.type == type }.map { Properties(of: $0, resolver: resolver) }
    }

    /// Says which resources belong to an API that the template does not have.
    func noteStrangers(apiIDs: Set<String>) {
        for (apiID, resources) in members where !apiIDs.contains(apiID) {
            for resource in resources {
                resolver.note(resource, "ApiId: \(apiID) is no API of this template, so this is left out.")
            }
        }
    }

    // MARK: Stages

    /// The stage that the API is served under; nil, and noted, where there is none.
    func stage(of api: Resource, apiID: String) throws(TemplateError) -> Stage? {
        let stages = members("AWS::ApiGatewayV2::Stage", of: apiID)
        guard let first = stages.first else {
            resolver.note(api, "no stage: nobody can reach the API; add an AWS::ApiGatewayV2::Stage with its ApiId.")
            return nil
        }
        for other in stages.dropFirst() {
            resolver.note(other.resource, "only the API's first stage, \(first.resource.logicalID), is served.")
        }
        let name = try first.requiredString("StageName")
        if try !isDeployed(first, named: name, apiID: apiID) {
            resolver.note(
                first.resource,
                "neither AutoDeploy nor a deployment: on AWS nothing is served here until there is one."
            )
        }
        return try stage(first, name: name)
    }

    private func isDeployed(_ stage: Properties, named name: String, apiID: String) throws(TemplateError) -> Bool {
        if try stage.boolean("AutoDeploy") { return true }
        if try stage.string("DeploymentId") != nil { return true }
        for deployment in members("AWS::ApiGatewayV2::Deployment", of: apiID)
        where try deployment.string("StageName") == name {
            return true
        }
        return false
    }

    /// A stage from properties that `AWS::ApiGatewayV2::Stage` and SAM's APIs share.
    func stage(_ properties: Properties, name: String) throws(TemplateError) -> Stage {
        var stage = Stage(name: name)
        stage.variables = try properties.stringMap("StageVariables")
        let settings = try properties.map("DefaultRouteSettings")
        stage.throttlingRateLimit = try settings?.number("ThrottlingRateLimit")
        stage.throttlingBurstLimit = try settings?.integer("ThrottlingBurstLimit")
        properties.note([("RouteSettings", "routes are throttled by the stage's default settings only.")])
        return stage
    }

    // MARK: Routes

    /// The integration that a route's `Target` names, with its properties; nil where the route has no target.
    func integration(of route: Properties, apiID: String) throws(TemplateError) -> Properties? {
        guard let target = try route.string("Target") else { return nil }
        let parts = target.split(separator: "/", maxSplits: 1)
        guard parts.count == 2, parts[0] == "integrations" else {
            throw route.error("Target is integrations/ and the Ref of an integration, not “\(target)”.", at: "Target")
        }
        guard let resource = integrations[String(parts[1])] else {
            let message = "The template has no AWS::ApiGatewayV2::Integration \(parts[1]) for this route to call."
            throw route.missing(message, at: "Target")
        }
        let integration = Properties(of: resource, resolver: resolver)
        guard try integration.string("ApiId") == apiID else {
            throw route.missing("The integration \(parts[1]) belongs to another API than the route.", at: "Target")
        }
        return integration
    }

    /// The authorizer that a route with `AuthorizationType` `CUSTOM` or `JWT` names.
    func authorizer(of route: Properties) throws(TemplateError) -> Properties? {
        switch try route.string("AuthorizationType")?.uppercased() {
        case nil, "NONE":
            return nil
        case "CUSTOM", "JWT":
            let identifier = try route.requiredString("AuthorizerId")
            guard let resource = authorizers[identifier] else {
                let message = "The template has no AWS::ApiGatewayV2::Authorizer \(identifier) for this route."
                throw route.missing(message, at: "AuthorizerId")
            }
            return Properties(of: resource, resolver: resolver)
        case let type?:
            resolver.note(
                route.resource,
                "AuthorizationType: \(type) is not checked; the route is open to everyone here."
            )
            return nil
        }
    }

    /// What an integration resource calls.
    func target(_ integration: Properties, timeout: Int) throws(TemplateError) -> Integration {
        integration.note(Self.unsupportedMappings)
        let type = try integration.requiredString("IntegrationType")
        switch type {
        case "MOCK":
            return .mock
        case "AWS_PROXY":
            if let subtype = try integration.string("IntegrationSubtype") {
                return unsupported("calls \(subtype), an AWS service", integration.resource)
            }
            let uri = try integration.requiredString("IntegrationUri")
            let timeout = try integration.integer("TimeoutInMillis", in: 50...30_000) ?? timeout
            return function(uri, timeout: timeout, of: integration.resource)
        default:
            return unsupported("is of type \(type)", integration.resource)
        }
    }

    /// A function of this template by its ARN or invocation URI.
    func function(_ uri: String, timeout: Int, of resource: Resource) -> Integration {
        guard let function = functions.logicalID(in: uri) else {
            return unsupported("calls \(uri), which is no function of this template", resource)
        }
        return .function(logicalID: function, timeout: timeout)
    }

    private func unsupported(_ what: String, _ resource: Resource) -> Integration {
        resolver.note(resource, "the integration \(what): only Lambda proxy and mock integrations are emulated.")
        return .unsupported(what)
    }

    private static let unsupportedMappings: [(name: String, consequence: String)] = [
        ("RequestParameters", "parameters are passed on unmapped."),
        ("ResponseParameters", "responses are passed on unmapped."),
        ("RequestTemplates", "requests are passed on without templates."),
        ("TemplateSelectionExpression", "requests are passed on without templates."),
        ("ContentHandlingStrategy", "content is passed on unconverted."),
    ]
}
