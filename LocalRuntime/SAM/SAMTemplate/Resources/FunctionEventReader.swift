/// Reads the `HttpApi` events of `AWS::Serverless::Function`, and notes the events that are not emulated.
struct FunctionEventReader {
    let resolver: Resolver
    let functions: FunctionDirectory

    /// - Parameter apis: The APIs of the stack; SAM does not accept those of other stacks.
    func addRoutes(to apis: inout [HTTPAPI]) throws(TemplateError) {
        for resource in try resolver.deployedResources() where resource.type == "AWS::Serverless::Function" {
            guard let events = try Properties(of: resource, resolver: resolver).map("Events") else { continue }
            for name in events.names {
                guard let event = try events.map(name) else { continue }
                let type = try event.requiredString("Type")
                guard !TriggerReader.reads(eventType: type) else { continue }
                guard type == "HttpApi" else {
                    resolver.note(resource, "Events.\(name): events of type \(type) are not emulated.")
                    continue
                }
                try addRoute(event, of: resource, to: &apis)
            }
        }
    }

    private func addRoute(
        _ event: Properties,
        of function: Resource,
        to apis: inout [HTTPAPI]
    ) throws(TemplateError) {
        let empty = Properties(Fields(), resolver: resolver, resource: function, path: event.path / "Properties")
        let properties = try event.map("Properties") ?? empty
        let apiID =
            try properties.string("ApiId")
            ?? APIAddress.apiID(of: GeneratedResource.implicitHTTPAPI(of: resolver.template))
        guard let index = apis.firstIndex(where: { $0.apiID == apiID || $0.logicalID == apiID }) else {
            let message = "ApiId must be the Ref of an AWS::Serverless::HttpApi in this template."
            throw properties.missing(message, at: "ApiId")
        }
        let (method, path) = try route(properties)
        let timeout = try properties.integer("TimeoutInMillis", in: 50...30_000) ?? HTTPAPIReader.integrationTimeout
        var route = HTTPAPI.Route(
            method: method,
            path: path,
            integration: .function(logicalID: function.qualifiedID, timeout: timeout)
        )
        route.payloadFormatVersion = try properties.payloadFormatVersion("PayloadFormatVersion") ?? "2.0"
        let api = self.api(apis[index].logicalID)
        route.authorizer =
            try AuthorizerReader(resolver: resolver, functions: functions).authorizer(ofEvent: properties, of: api)
        if let settings = try properties.map("RouteSettings") {
            apis[index].stage.routeThrottling[route.key] = try settings.throttling()
        }
        try apis[index].add(route, from: properties)
    }

    /// The route of an event, which is `$default` without a path and a method.
    private func route(_ event: Properties) throws(TemplateError) -> (method: String, path: String) {
        let path = try event.string("Path") ?? "$default"
        // SAM writes /$default for an API with FailOnWarnings.
        guard path != "$default", path != "/$default" else { return ("", "$default") }
        var method = try event.string("Method")?.uppercased() ?? "ANY"
        if method == "X-AMAZON-APIGATEWAY-ANY-METHOD" || method == "*" { method = "ANY" }
        try RouteCheck(properties: event, names: ("Method", "Path")).check(method: method, path: path)
        return (method, path)
    }

    private func api(_ logicalID: String) -> Properties {
        let resource = resolver.resource(qualifiedID: logicalID)
        return Properties(of: resource ?? GeneratedResource.implicitHTTPAPI(of: resolver.template), resolver: resolver)
    }
}
