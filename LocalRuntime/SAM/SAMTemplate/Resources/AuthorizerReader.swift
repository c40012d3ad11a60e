/// Reads the authorizers of HTTP APIs.
struct AuthorizerReader {
    let resolver: Resolver
    let functions: FunctionDirectory

    /// `AWS::ApiGatewayV2::Authorizer`.
    func authorizer(_ authorizer: Properties, scopes: [String]) throws(TemplateError) -> HTTPAPI.Authorizer? {
        let name = try authorizer.string("Name") ?? authorizer.resource.logicalID
        guard try authorizer.requiredString("AuthorizerType") != "JWT" else {
            guard let configuration = try authorizer.map("JwtConfiguration") else {
                throw authorizer.error("A JWT authorizer needs JwtConfiguration with Issuer and Audience.")
            }
            return .jwt(
                HTTPAPI.Authorizer.JWT(
                    name: name,
                    issuer: try configuration.requiredString("Issuer"),
                    audience: try configuration.strings("Audience"),
                    identitySource: try authorizer.strings("IdentitySource").first ?? Self.authorizationHeader,
                    scopes: scopes
                )
            )
        }
        let uri = try authorizer.requiredString("AuthorizerUri")
        guard let function = function(uri, authorizer) else { return nil }
        return .request(
            HTTPAPI.Authorizer.Request(
                name: name,
                function: function,
                identitySources: try authorizer.strings("IdentitySource"),
                payloadFormatVersion: try authorizer.payloadFormatVersion("AuthorizerPayloadFormatVersion") ?? "1.0",
                enablesSimpleResponses: try authorizer.boolean("EnableSimpleResponses"),
                resultTimeToLive: try authorizer.integer("AuthorizerResultTtlInSeconds", in: 0...3600) ?? 0
            )
        )
    }

    // MARK: SAM

    /// Sets the authorizer named by `Auth.DefaultAuthorizer` on the existing routes without one.
    func applyDefault(of api: Properties, to result: inout HTTPAPI) throws(TemplateError) {
        guard let authorization = try api.map("Auth"), let name = try authorization.string("DefaultAuthorizer") else {
            return
        }
        for index in result.routes.indices where result.routes[index].authorizer == nil {
            result.routes[index].authorizer = try serverlessAuthorizer(name, of: authorization, scopes: nil)
        }
    }

    /// The authorizer of an event's route: that of the event, or the API's default.
    func authorizer(ofEvent event: Properties, of api: Properties) throws(TemplateError) -> HTTPAPI.Authorizer? {
        let own = try event.map("Auth")
        let authorization = try api.map("Auth")
        var name = try own?.string("Authorizer")
        if name == nil { name = try authorization?.string("DefaultAuthorizer") }
        guard let name, name != "NONE" else { return nil }
        guard let authorization else {
            throw event.missing("\(api.resource.logicalID) has no authorizer \(name) under Auth.", at: "Auth")
        }
        let scopes = try own?.value("AuthorizationScopes") == nil ? nil : own?.strings("AuthorizationScopes")
        return try serverlessAuthorizer(name, of: authorization, scopes: scopes)
    }

    /// `Auth.Authorizers.{name}` of `AWS::Serverless::HttpApi`. Scopes of the route replace those of the authorizer.
    private func serverlessAuthorizer(
        _ name: String,
        of authorization: Properties,
        scopes: [String]?
    ) throws(TemplateError) -> HTTPAPI.Authorizer? {
        if name == "AWS_IAM", try authorization.boolean("EnableIamAuthorizer") {
            resolver.note(
                authorization.resource,
                "AWS_IAM: signatures are not checked; these routes require no authorization here."
            )
            return nil
        }
        guard let authorizer = try authorization.map("Authorizers")?.map(name) else {
            throw authorization.missing("There is no authorizer \(name) under Authorizers.", at: "DefaultAuthorizer")
        }
        let ownScopes = try authorizer.strings("AuthorizationScopes")
        if let configuration = try authorizer.map("JwtConfiguration") {
            // SAM accepts the names of OpenAPI and of CloudFormation.
            let issuer = configuration.names.contains("issuer") ? "issuer" : "Issuer"
            return .jwt(
                HTTPAPI.Authorizer.JWT(
                    name: name,
                    issuer: try configuration.requiredString(issuer),
                    audience: try configuration.strings("audience") + configuration.strings("Audience"),
                    identitySource: try authorizer.string("IdentitySource") ?? Self.authorizationHeader,
                    scopes: scopes ?? ownScopes
                )
            )
        }
        guard let function = function(try authorizer.requiredString("FunctionArn"), authorizer) else { return nil }
        let identity = try authorizer.map("Identity")
        return .request(
            HTTPAPI.Authorizer.Request(
                name: name,
                function: function,
                identitySources: try identitySources(identity),
                payloadFormatVersion: try authorizer.payloadFormatVersion("AuthorizerPayloadFormatVersion") ?? "2.0",
                enablesSimpleResponses: try authorizer.boolean("EnableSimpleResponses"),
                resultTimeToLive: try identity?.integer("ReauthorizeEvery", in: 0...3600) ?? 0
            )
        )
    }

    private func identitySources(_ identity: Properties?) throws(TemplateError) -> [String] {
        guard let identity else { return [] }
        var sources: [String] = []
        for (property, prefix) in [
            ("Headers", "$request.header."), ("QueryStrings", "$request.querystring."),
            ("StageVariables", "$stageVariables."), ("Context", "$context."),
        ] {
            sources += try identity.strings(property).map { prefix + $0 }
        }
        return sources
    }

    private func function(_ arn: String, _ authorizer: Properties) -> String? {
        if let function = functions.logicalID(in: arn) { return function }
        let detail =
            "the authorizer calls \(arn), which is not a function of these templates; its routes require no authorization here."
        resolver.note(authorizer.resource, detail)
        return nil
    }

    static let authorizationHeader = "$request.header.Authorization"
}
