/// Reads WebSocket APIs: `AWS::ApiGatewayV2::Api` and its members, and `AWS::Serverless::WebSocketApi`.
///
/// docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api.html
struct WebSocketAPIReader {
    /// API Gateway's own limit, in milliseconds.
    private static let integrationTimeout = 29_000

    let resolver: Resolver
    let functions: FunctionDirectory
    let gateway: GatewayResources

    func apis() throws(TemplateError) -> [WebSocketAPI] {
        var apis: [WebSocketAPI] = []
        for resource in try resolver.deployedResources() {
            let properties = Properties(of: resource, resolver: resolver)
            switch resource.type {
            case "AWS::Serverless::WebSocketApi":
                apis.append(try serverlessAPI(properties))
            case "AWS::ApiGatewayV2::Api":
                guard try properties.string("ProtocolType") == "WEBSOCKET" else { continue }
                if let api = try gatewayAPI(properties) { apis.append(api) }
            default:
                continue
            }
        }
        return apis
    }

    private func gatewayAPI(_ api: Properties) throws(TemplateError) -> WebSocketAPI? {
        let apiID = APIAddress.apiID(of: api.resource)
        guard let stage = try gateway.stage(of: api, apiID: apiID) else { return nil }
        api.note(Self.unsupportedOfAPI)
        var result = WebSocketAPI(
            logicalID: api.resource.qualifiedID,
            apiID: apiID,
            routeSelectionExpression: try api.requiredString("RouteSelectionExpression"),
            stage: stage
        )
        try addRoutes(to: &result)
        return result
    }

    /// SAM expands its resource to an API with a stage, routes and integrations. The template may add routes that SAM
    /// does not accept, such as those with a dash, as `AWS::ApiGatewayV2::Route`.
    private func serverlessAPI(_ api: Properties) throws(TemplateError) -> WebSocketAPI {
        api.note(Self.unsupportedOfAPI)
        // SAM's default: the stage of a WebSocket API cannot be $default.
        let stageName = try api.string("StageName") ?? "default"
        guard stageName != "$default" else {
            throw api.error("The stage of a WebSocket API cannot be $default; set another name.", at: "StageName")
        }
        var result = WebSocketAPI(
            logicalID: api.resource.qualifiedID,
            apiID: APIAddress.apiID(of: api.resource),
            routeSelectionExpression: try api.requiredString("RouteSelectionExpression"),
            stage: try gateway.stage(api, name: stageName)
        )
        guard let routes = try api.map("Routes"), !routes.names.isEmpty else {
            throw api.error("\(api.resource.logicalID) needs Routes, a map with at least one route.", at: "Routes")
        }
        if try api.map("Auth") != nil, !routes.names.contains("$connect") {
            throw api.error("Auth applies to the route $connect, which Routes does not have; add it.", at: "Auth")
        }
        for key in routes.names {
            guard let route = try routes.map(key) else { continue }
            try result.add(serverlessRoute(key, route, api), from: route)
        }
        try addRoutes(to: &result)
        return result
    }

    private func serverlessRoute(
        _ key: String,
        _ route: Properties,
        _ api: Properties
    ) throws(TemplateError) -> WebSocketAPI.Route {
        if !key.hasPrefix("$"), !key.allSatisfy({ $0.isLetter || $0.isNumber }) {
            let detail = "Routes.\(key): SAM rejects it, because keys of Routes have letters and digits only."
            resolver.note(api.resource, detail)
        }
        route.note(Self.unsupportedOfRoute)
        let timeout = try route.integer("IntegrationTimeout", in: 50...29_000) ?? Self.integrationTimeout
        let function = try route.requiredString("FunctionArn")
        var result = WebSocketAPI.Route(
            key: key,
            integration: gateway.function(function, timeout: timeout, of: api)
        )
        // SAM has no property for a route response, so the expression implies one.
        result.returnsResponse = try route.string("RouteResponseSelectionExpression") != nil
        if key == "$connect", let authorization = try api.map("Auth") {
            result.authorizer = try serverlessAuthorizer(authorization, api)
        }
        return result
    }

    private func serverlessAuthorizer(
        _ authorization: Properties,
        _ api: Properties
    ) throws(TemplateError) -> WebSocketAPI.RequestAuthorizer? {
        switch try authorization.requiredString("AuthType").uppercased() {
        case "NONE":
            return nil
        case "CUSTOM":
            let arn = try authorization.requiredString("AuthArn")
            guard let function = functions.logicalID(in: arn) else {
                resolver.note(
                    api.resource,
                    "Auth: \(arn) is not a function of these templates; connections require no authorization here."
                )
                return nil
            }
            return WebSocketAPI.RequestAuthorizer(
                logicalID: "\(api.resource.qualifiedID)ConnectAuthorizer",
                function: function,
                identitySources: try authorization.strings("IdentitySource")
            )
        case let type:
            resolver.note(api.resource, "Auth: \(type) is not checked; connections require no authorization here.")
            return nil
        }
    }

    // MARK: Routes of AWS::ApiGatewayV2

    private func addRoutes(to api: inout WebSocketAPI) throws(TemplateError) {
        var twoWay: Set<String> = []
        for response in gateway.members("AWS::ApiGatewayV2::RouteResponse", of: api.apiID) {
            guard try response.requiredString("RouteResponseKey") == "$default" else {
                throw response.error("$default is the only key of a route response.", at: "RouteResponseKey")
            }
            twoWay.insert(try response.requiredString("RouteId"))
        }
        for route in gateway.members("AWS::ApiGatewayV2::Route", of: api.apiID) {
            route.note(Self.unsupportedOfRoute)
            let integration = try gateway.integration(of: route, apiID: api.apiID)
            var result = WebSocketAPI.Route(key: try route.requiredString("RouteKey"), integration: nil)
            if let integration {
                result.integration = try gateway.target(integration, timeout: Self.integrationTimeout)
            } else {
                route.note("Target: the route has no integration, so its messages have no effect but an error.")
            }
            result.authorizer = try authorizer(of: route)
            result.returnsResponse = twoWay.contains(route.resource.generatedName)
            if !result.returnsResponse, try route.string("RouteResponseSelectionExpression") != nil {
                let detail =
                    "RouteResponseSelectionExpression has no effect without an AWS::ApiGatewayV2::RouteResponse with "
                    + "RouteResponseKey $default: the function's body is not sent to the client."
                resolver.note(route.resource, detail)
            }
            try api.add(result, from: route)
        }
        // Route responses refer to SAM's routes by the logical ids that SAM generates.
        for index in api.routes.indices {
            let name = api.routes[index].key.filter { $0 != "$" }
            let generated =
                api.logicalID.replacing(".", with: "-") + name.prefix(1).uppercased() + name.dropFirst().lowercased()
                + "Route"
            if twoWay.contains(generated) { api.routes[index].returnsResponse = true }
        }
    }

    private func authorizer(
        of route: Properties
    ) throws(TemplateError) -> WebSocketAPI.RequestAuthorizer? {
        guard let authorizer = try gateway.authorizer(of: route) else { return nil }
        guard try route.string("RouteKey") == "$connect" else {
            throw route.error("Only $connect can have an authorizer in a WebSocket API.", at: "AuthorizationType")
        }
        let uri = try authorizer.requiredString("AuthorizerUri")
        guard let function = functions.logicalID(in: uri) else {
            resolver.note(
                authorizer.resource,
                "AuthorizerUri: \(uri) is not a function of these templates; connections require no authorization here."
            )
            return nil
        }
        return WebSocketAPI.RequestAuthorizer(
            logicalID: authorizer.resource.qualifiedID,
            function: function,
            identitySources: try authorizer.strings("IdentitySource")
        )
    }

    private static let unsupportedOfAPI: [(name: String, consequence: String)] = [
        ("ApiKeySelectionExpression", "API keys are not checked.")
    ]

    private static let unsupportedOfRoute: [(name: String, consequence: String)] = [
        ("ApiKeyRequired", "API keys are not checked."),
        ("ModelSelectionExpression", "messages are not validated against models."),
        ("RequestModels", "messages are not validated against models."),
        ("RequestParameters", "required parameters are not checked."),
    ]
}

extension WebSocketAPI {
    fileprivate mutating func add(_ route: Route, from properties: Properties) throws(TemplateError) {
        guard !routes.contains(where: { $0.key == route.key }) else {
            let message = "\(logicalID) has the route \(route.key) twice."
            let path = properties.path
            throw TemplateError(.conflict, message, path: "\(path)", line: properties.resource.line)
        }
        routes.append(route)
    }
}
