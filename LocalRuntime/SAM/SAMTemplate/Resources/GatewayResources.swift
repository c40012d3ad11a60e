/// The `AWS::ApiGatewayV2::*` resources of all stacks, by the API that they belong to.
struct GatewayResources {
    let functions: FunctionDirectory
    private var members: [String: [Properties]] = [:]
    /// The key is the result of `Ref`.
    private var integrations: [String: Properties] = [:]
    private var authorizers: [String: Properties] = [:]

    init(_ stacks: [Resolver], functions: FunctionDirectory) throws(TemplateError) {
        self.functions = functions
        for stack in stacks { try stack.locating { () throws(TemplateError) in try add(stack) } }
    }

    private mutating func add(_ stack: Resolver) throws(TemplateError) {
        for resource in try stack.deployedResources() where Self.types.contains(resource.type) {
            let properties = Properties(of: resource, resolver: stack)
            members[try properties.requiredString("ApiId"), default: []].append(properties)
            if resource.type == "AWS::ApiGatewayV2::Integration" { integrations[resource.generatedName] = properties }
            if resource.type == "AWS::ApiGatewayV2::Authorizer" { authorizers[resource.generatedName] = properties }
        }
    }

    private static let types: Set<String> = [
        "AWS::ApiGatewayV2::Authorizer", "AWS::ApiGatewayV2::Deployment", "AWS::ApiGatewayV2::Integration",
        "AWS::ApiGatewayV2::Route", "AWS::ApiGatewayV2::RouteResponse", "AWS::ApiGatewayV2::Stage",
    ]

    /// The API's resources of one type, in the order of the templates.
    func members(_ type: String, of apiID: String) -> [Properties] {
        (members[apiID] ?? []).filter { $0.resource.type == type }
    }

    /// Notes the resources whose API is not in these templates.
    func noteMembersOfUnknownAPIs(knownIDs: Set<String>) {
        for (apiID, members) in members where !knownIDs.contains(apiID) {
            for member in members {
                member.note("ApiId: \(apiID) is not an API of these templates; the resource has no effect.")
            }
        }
    }

    // MARK: Stages

    /// The stage of the API that is served; nil, and noted, if it has none.
    func stage(of api: Properties, apiID: String) throws(TemplateError) -> Stage? {
        let stages = members("AWS::ApiGatewayV2::Stage", of: apiID)
        guard let first = stages.first else {
            api.note("the API has no stage and cannot be called; add an AWS::ApiGatewayV2::Stage with its ApiId.")
            return nil
        }
        for other in stages.dropFirst() {
            other.note("only the API's first stage, \(first.resource.logicalID), is served.")
        }
        let name = try first.requiredString("StageName")
        if try !isDeployed(first, named: name, apiID: apiID) {
            first.note("the stage has neither AutoDeploy nor a deployment, so that AWS would not serve it.")
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

    /// A stage, from the properties that `AWS::ApiGatewayV2::Stage` and SAM's APIs have in common.
    func stage(_ properties: Properties, name: String) throws(TemplateError) -> Stage {
        var stage = Stage(name: name)
        stage.variables = try properties.stringMap("StageVariables")
        stage.throttling = try properties.map("DefaultRouteSettings")?.throttling() ?? Stage.Throttling()
        if let routes = try properties.map("RouteSettings") {
            for key in routes.names { stage.routeThrottling[key] = try routes.map(key)?.throttling() }
        }
        return stage
    }

    // MARK: Routes

    /// The integration that a route's `Target` refers to; nil if the route has no target.
    func integration(of route: Properties, apiID: String) throws(TemplateError) -> Properties? {
        guard let target = try route.string("Target") else { return nil }
        let parts = target.split(separator: "/", maxSplits: 1)
        guard parts.count == 2, parts[0] == "integrations" else {
            throw route.error(
                "Target must be integrations/ and the Ref of an integration, not “\(target)”.",
                at: "Target"
            )
        }
        guard let integration = integrations[String(parts[1])] else {
            let message = "The template has no AWS::ApiGatewayV2::Integration \(parts[1]) for this route to call."
            throw route.missing(message, at: "Target")
        }
        guard try integration.string("ApiId") == apiID else {
            throw route.missing("The integration \(parts[1]) belongs to a different API than the route.", at: "Target")
        }
        return integration
    }

    /// The authorizer that a route with `AuthorizationType` `CUSTOM` or `JWT` refers to.
    func authorizer(of route: Properties) throws(TemplateError) -> Properties? {
        switch try route.string("AuthorizationType")?.uppercased() {
        case nil, "NONE":
            return nil
        case "CUSTOM", "JWT":
            let identifier = try route.requiredString("AuthorizerId")
            guard let authorizer = authorizers[identifier] else {
                let message = "The template has no AWS::ApiGatewayV2::Authorizer \(identifier) for this route."
                throw route.missing(message, at: "AuthorizerId")
            }
            return authorizer
        case let type?:
            route.note("AuthorizationType: \(type) is not checked; the route requires no authorization here.")
            return nil
        }
    }

    /// The target of an integration resource.
    func target(_ integration: Properties, timeout: Int) throws(TemplateError) -> Integration {
        integration.note(Self.unsupportedMappings)
        let type = try integration.requiredString("IntegrationType")
        switch type {
        case "MOCK":
            return .mock
        case "AWS_PROXY":
            if let subtype = try integration.string("IntegrationSubtype") {
                return unsupported("calls \(subtype), an AWS service", integration)
            }
            let uri = try integration.requiredString("IntegrationUri")
            let timeout = try integration.integer("TimeoutInMillis", in: 50...30_000) ?? timeout
            return function(uri, timeout: timeout, of: integration)
        default:
            return unsupported("is of type \(type)", integration)
        }
    }

    /// A function of these templates by its ARN or invocation URI.
    func function(_ uri: String, timeout: Int, of integration: Properties) -> Integration {
        guard let function = functions.logicalID(in: uri) else {
            return unsupported("calls \(uri), which is not a function of these templates", integration)
        }
        return .function(logicalID: function, timeout: timeout)
    }

    private func unsupported(_ what: String, _ integration: Properties) -> Integration {
        integration.note("the integration \(what): only Lambda proxy and mock integrations are emulated.")
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

extension Properties {
    /// The limits in the settings of a route.
    func throttling() throws(TemplateError) -> Stage.Throttling {
        Stage.Throttling(rate: try number("ThrottlingRateLimit"), burst: try integer("ThrottlingBurstLimit"))
    }
}
