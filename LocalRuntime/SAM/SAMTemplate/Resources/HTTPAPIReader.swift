/// Reads HTTP APIs: `AWS::Serverless::HttpApi`, SAM's implicit API, and `AWS::ApiGatewayV2::Api` with its members.
///
/// docs.aws.amazon.com/apigateway/latest/developerguide/http-api.html
struct HTTPAPIReader {
    /// API Gateway's own limit, in milliseconds.
    static let integrationTimeout = 30_000

    let resolver: Resolver
    let functions: FunctionDirectory
    let gateway: GatewayResources

    func apis() throws(TemplateError) -> [HTTPAPI] {
        var apis: [HTTPAPI] = []
        for resource in try resolver.deployedResources() where resource.isAPI {
            let properties = Properties(of: resource, resolver: resolver)
            switch resource.type {
            case "AWS::Serverless::HttpApi":
                apis.append(try serverlessAPI(properties))
            case "AWS::ApiGatewayV2::Api":
                guard try properties.requiredString("ProtocolType") == "HTTP" else { continue }
                if let api = try gatewayAPI(properties) { apis.append(api) }
            default:
                continue
            }
        }
        if GeneratedResource.usesImplicitHTTPAPI(resolver.template) {
            let implicit = GeneratedResource.implicitHTTPAPI(of: resolver.template)
            apis.append(try serverlessAPI(Properties(of: implicit, resolver: resolver)))
        }
        try FunctionEventReader(resolver: resolver, functions: functions).addRoutes(to: &apis)
        return apis
    }

    /// SAM's API without the routes of functions' events.
    private func serverlessAPI(_ api: Properties) throws(TemplateError) -> HTTPAPI {
        var result = HTTPAPI(
            logicalID: api.resource.qualifiedID,
            apiID: APIAddress.apiID(of: api.resource),
            stage: try gateway.stage(api, name: try api.string("StageName") ?? "$default")
        )
        result.cors = try cors(api)
        if let definition = try api.map("DefinitionBody") {
            try OpenAPIReader(resolver: resolver, gateway: gateway).read(definition, into: &result)
        }
        try AuthorizerReader(resolver: resolver, functions: functions).applyDefault(of: api, to: &result)
        api.note([
            ("DefinitionUri", "the OpenAPI file is not read, so its routes are missing; only local files are.")
        ])
        try addRoutes(to: &result)
        return result
    }

    private func gatewayAPI(_ api: Properties) throws(TemplateError) -> HTTPAPI? {
        let apiID = APIAddress.apiID(of: api.resource)
        let target = try api.string("Target")
        // Quick create adds a $default stage with automatic deployment.
        guard let stage = target != nil ? Stage(name: "$default") : try gateway.stage(of: api, apiID: apiID)
        else { return nil }
        var result = HTTPAPI(logicalID: api.resource.qualifiedID, apiID: apiID, stage: stage)
        result.cors = try cors(api)
        if let target {
            let integration = gateway.function(target, timeout: Self.integrationTimeout, of: api)
            let (method, path) = try Self.parse(routeKey: try api.string("RouteKey") ?? "$default", api)
            try result.add(HTTPAPI.Route(method: method, path: path, integration: integration), from: api)
        }
        if let definition = try api.map("Body") {
            try OpenAPIReader(resolver: resolver, gateway: gateway).read(definition, into: &result)
        }
        api.note([("BodyS3Location", "the OpenAPI file is not read, so its routes are missing.")])
        try addRoutes(to: &result)
        return result
    }

    private func addRoutes(to api: inout HTTPAPI) throws(TemplateError) {
        let authorizers = AuthorizerReader(resolver: resolver, functions: functions)
        for route in gateway.members("AWS::ApiGatewayV2::Route", of: api.apiID) {
            let (method, path) = try Self.parse(routeKey: try route.requiredString("RouteKey"), route)
            guard let integration = try gateway.integration(of: route, apiID: api.apiID) else {
                throw route.error("A route of an HTTP API needs a Target.", at: "RouteKey")
            }
            var result = HTTPAPI.Route(
                method: method,
                path: path,
                integration: try gateway.target(integration, timeout: Self.integrationTimeout)
            )
            // API Gateway's default; SAM's is 2.0.
            result.payloadFormatVersion = try integration.payloadFormatVersion("PayloadFormatVersion") ?? "1.0"
            if let authorizer = try gateway.authorizer(of: route) {
                result.authorizer = try authorizers.authorizer(
                    authorizer,
                    scopes: try route.strings("AuthorizationScopes")
                )
            }
            try api.add(result, from: route)
        }
    }

    /// `GET /path`, `ANY /path` or `$default`.
    private static func parse(
        routeKey: String,
        _ properties: Properties
    ) throws(TemplateError) -> (method: String, path: String) {
        if routeKey == "$default" { return ("", "$default") }
        let parts = routeKey.split(separator: " ")
        guard parts.count == 2, parts[1].hasPrefix("/") else {
            throw properties.error("RouteKey is a method and a path, or $default, not “\(routeKey)”.", at: "RouteKey")
        }
        let (method, path) = (parts[0].uppercased(), String(parts[1]))
        try RouteCheck(properties: properties, names: ("RouteKey", "RouteKey")).check(method: method, path: path)
        if method != parts[0] { properties.note("RouteKey: API Gateway may refuse a method in lower case.") }
        return (method, path)
    }

    // MARK: CORS

    private func cors(_ api: Properties) throws(TemplateError) -> HTTPAPI.CORS? {
        guard let value = try api.value("CorsConfiguration") else { return nil }
        var cors = HTTPAPI.CORS()
        switch value.content {
        case .boolean(let isOn):
            // SAM's short form.
            guard isOn else { return nil }
            cors.allowOrigins = ["*"]
        case .map:
            guard let configuration = try api.map("CorsConfiguration") else { return nil }
            cors.allowOrigins = try configuration.strings("AllowOrigins")
            cors.allowMethods = try configuration.strings("AllowMethods")
            cors.allowHeaders = try configuration.strings("AllowHeaders")
            cors.exposeHeaders = try configuration.strings("ExposeHeaders")
            cors.maxAge = try configuration.integer("MaxAge", in: -1...86_400)
            cors.allowCredentials = try configuration.boolean("AllowCredentials")
            if cors.allowCredentials, cors.allowOrigins.contains("*") {
                let message = "API Gateway rejects AllowCredentials with the origin *; list the origins."
                throw configuration.error(message, at: "AllowCredentials")
            }
        default:
            cors.allowOrigins = try api.strings("CorsConfiguration")
        }
        return cors
    }
}

extension HTTPAPI {
    mutating func add(_ route: Route, from properties: Properties) throws(TemplateError) {
        // API Gateway refuses such a route; importing it, as SAM does for events, ends without the route.
        guard !route.path.hasSuffix("/") || route.path == "/" else {
            let message = "The path \(route.path) ends with a slash, so API Gateway creates no route; remove the slash."
            throw properties.error(message, at: properties.names.contains("Path") ? "Path" : nil)
        }
        guard !routes.contains(where: { $0.key == route.key }) else {
            let message = "\(logicalID) has the route \(route.key) twice."
            let path = properties.path
            throw TemplateError(.conflict, message, path: "\(path)", line: properties.resource.line)
        }
        routes.append(route)
    }
}

extension Properties {
    /// `1.0` or `2.0`, from a string or a number.
    func payloadFormatVersion(_ name: String) throws(TemplateError) -> String? {
        switch try string(name) {
        case nil: return nil
        case "1", "1.0": return "1.0"
        case "2", "2.0": return "2.0"
        case let other?: throw error("\(name) is “1.0” or “2.0”, not \(other).", at: name)
        }
    }
}
