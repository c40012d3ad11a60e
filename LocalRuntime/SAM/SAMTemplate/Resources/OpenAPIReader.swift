/// Reads the routes of an OpenAPI document with API Gateway's extensions.
///
/// docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html
struct OpenAPIReader {
    let resolver: Resolver
    let gateway: GatewayResources

    func read(_ definition: Properties, into api: inout HTTPAPI) throws(TemplateError) {
        if let cors = try definition.map("x-amazon-apigateway-cors"), api.cors == nil { api.cors = try self.cors(cors) }
        guard let paths = try definition.map("paths") else { return }
        for path in paths.names {
            guard let operations = try paths.map(path) else { continue }
            for method in operations.names where Self.methods.contains(method.lowercased()) {
                guard let operation = try operations.map(method) else { continue }
                guard let route = try route(method, path, operation, definition) else { continue }
                try api.add(route, from: operation)
            }
        }
    }

    private static let methods: Set<String> = [
        "get", "put", "post", "delete", "options", "head", "patch", "trace", "x-amazon-apigateway-any-method",
    ]

    /// The route of an operation; nil for an operation without an integration, which SAM adds from a function's event.
    private func route(
        _ method: String,
        _ path: String,
        _ operation: Properties,
        _ definition: Properties
    ) throws(TemplateError) -> HTTPAPI.Route? {
        guard let integration = try operation.map("x-amazon-apigateway-integration") else { return nil }
        let isDefault = path == "$default" || path == "/$default"
        let isAny = method.lowercased() == "x-amazon-apigateway-any-method"
        let name = isAny ? "ANY" : method.uppercased()
        if !isDefault { try RouteCheck(properties: operation, names: (nil, nil)).check(method: name, path: path) }
        var route = HTTPAPI.Route(
            method: isDefault ? "" : name,
            path: isDefault ? "$default" : path,
            integration: try target(integration)
        )
        route.payloadFormatVersion = try integration.payloadFormatVersion("payloadFormatVersion") ?? "1.0"
        route.authorizer = try authorizer(operation, definition)
        return route
    }

    private func target(_ integration: Properties) throws(TemplateError) -> Integration {
        let type = try integration.requiredString("type").lowercased()
        guard type == "aws_proxy", let uri = try integration.string("uri") else {
            resolver.note(
                integration.resource,
                "\(integration.path): only aws_proxy integrations of functions are emulated."
            )
            return .unsupported("is of type \(type)")
        }
        let timeout = try integration.integer("timeoutInMillis", in: 50...30_000) ?? HTTPAPIReader.integrationTimeout
        return gateway.function(uri, timeout: timeout, of: integration)
    }

    // MARK: Security

    /// The first security scheme of the operation, or of the document by default.
    private func authorizer(_ operation: Properties, _ definition: Properties) throws(TemplateError) -> HTTPAPI
        .Authorizer?
    {
        var requirements = try operation.value("security")
        if requirements == nil { requirements = try definition.value("security") }
        guard let requirement = requirements?.list?.first?.map?.first(where: { _ in true }) else { return nil }
        let schemes = try definition.map("components")?.map("securitySchemes")
        guard let scheme = try schemes?.map(requirement.name) else {
            let message = "There is no security scheme \(requirement.name) under components.securitySchemes."
            throw operation.missing(message, at: "security")
        }
        let scopes = requirement.value.list?.compactMap(\.text) ?? []
        guard let authorizer = try scheme.map("x-amazon-apigateway-authorizer") else {
            let detail =
                "the security scheme \(requirement.name) is not checked; its routes require no authorization here."
            resolver.note(scheme.resource, detail)
            return nil
        }
        return try self.authorizer(requirement.name, authorizer, scopes: scopes)
    }

    private func authorizer(
        _ name: String,
        _ authorizer: Properties,
        scopes: [String]
    ) throws(TemplateError) -> HTTPAPI.Authorizer? {
        let sources = try authorizer.strings("identitySource")
            .flatMap { $0.split(separator: ",").map { String($0.filter { $0 != " " }) } }
        if try authorizer.requiredString("type") == "jwt" {
            guard let configuration = try authorizer.map("jwtConfiguration") else {
                throw authorizer.error("A jwt authorizer needs jwtConfiguration with issuer and audience.")
            }
            return .jwt(
                HTTPAPI.Authorizer.JWT(
                    name: name,
                    issuer: try configuration.requiredString("issuer"),
                    audience: try configuration.strings("audience"),
                    identitySource: sources.first ?? AuthorizerReader.authorizationHeader,
                    scopes: scopes
                )
            )
        }
        let uri = try authorizer.requiredString("authorizerUri")
        guard let function = gateway.functions.logicalID(in: uri) else {
            resolver.note(
                authorizer.resource,
                "the authorizer \(name) calls \(uri), which is not a function of these templates; its routes require no authorization here."
            )
            return nil
        }
        return .request(
            HTTPAPI.Authorizer.Request(
                name: name,
                function: function,
                identitySources: sources,
                payloadFormatVersion: try authorizer.payloadFormatVersion("authorizerPayloadFormatVersion") ?? "1.0",
                enablesSimpleResponses: try authorizer.boolean("enableSimpleResponses"),
                resultTimeToLive: try authorizer.integer("authorizerResultTtlInSeconds", in: 0...3600) ?? 0
            )
        )
    }

    private func cors(_ configuration: Properties) throws(TemplateError) -> HTTPAPI.CORS {
        var cors = HTTPAPI.CORS()
        cors.allowOrigins = try configuration.strings("allowOrigins")
        cors.allowMethods = try configuration.strings("allowMethods")
        cors.allowHeaders = try configuration.strings("allowHeaders")
        cors.exposeHeaders = try configuration.strings("exposeHeaders")
        cors.maxAge = try configuration.integer("maxAge", in: -1...86_400)
        cors.allowCredentials = try configuration.boolean("allowCredentials")
        return cors
    }
}
