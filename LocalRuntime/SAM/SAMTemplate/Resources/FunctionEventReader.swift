/// Reads the `Events` of `AWS::Serverless::Function` that are routes of HTTP APIs, and notes those that nobody reads.
struct FunctionEventReader {
    let resolver: Resolver
    let functions: FunctionDirectory

    /// - Parameter apis: The stack's APIs. SAM accepts no others.
    func addRoutes(to apis: inout [HTTPAPI]) throws(TemplateError) {
        for resource in try resolver.deployedResources() where resource.type == "AWS::Serverless::Function" {
            guard let events = try Properties(of: resource, resolver: resolver).map("Events") else { continue }
            for name in events.names {
                guard let event = try events.map(name) else { continue }
                let type = try event.requiredString("Type")
                guard !TriggerReader.reads(eventType: type) else { continue }
                guard type == "HttpApi" else {
                    resolver.note(resource, "Events.\(name): events of type \(type) are not emulated and never arrive.")
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
            let message = "ApiId names no AWS::Serverless::HttpApi of this template; use a Ref of one."
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
        properties.note([("RouteSettings", "the route is throttled by the stage's default settings only.")])
        try apis[index].add(route, from: properties)
    }

    /// Without a path and a method the event is the API's `$default` route.
    private func route(_ event: Properties) throws(TemplateError) -> (method: String, path: String) {
        let path = try event.string("Path") ?? "$default"
        // SAM writes it with a slash where an API fails on warnings.
        guard path != "$default", path != "/$default" else { return ("", "$default") }
        guard path.hasPrefix("/") else {
            throw event.error("Path starts with a slash: “\(path)” does not.", at: "Path")
        }
        let method = try event.string("Method")?.uppercased() ?? "ANY"
        return (method == "X-AMAZON-APIGATEWAY-ANY-METHOD" || method == "*" ? "ANY" : method, path)
    }

    private func api(_ logicalID: String) -> Properties {
        let resource = resolver.resource(qualifiedID: logicalID)
        return Properties(of: resource ?? GeneratedResource.implicitHTTPAPI(of: resolver.template), resolver: resolver)
    }
}
