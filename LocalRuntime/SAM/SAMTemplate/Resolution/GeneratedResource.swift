/// Resources that SAM generates and a template may refer to without declaring them.
///
/// docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources.html
enum GeneratedResource {
    private static let implicitHTTPAPI = "ServerlessHttpApi"

    /// The HTTP API of events without `ApiId`, with the globals that apply to it.
    static func implicitHTTPAPI(of template: Template) -> Resource {
        var api = Resource(
            logicalID: implicitHTTPAPI,
            stack: template.stack,
            type: "AWS::Serverless::HttpApi",
            properties: Fields()
        )
        api.properties = template.globals.applied(to: api)
        return api
    }

    static func usesImplicitHTTPAPI(_ template: Template) -> Bool {
        template.resources.contains { resource in
            resource.type == "AWS::Serverless::Function"
                && (resource.properties["Events"]?.map ?? Fields()).contains { event in
                    let event = event.value.map
                    return event?["Type"]?.text == "HttpApi" && event?["Properties"]?.map?["ApiId"] == nil
                }
        }
    }

    static func named(_ name: String, in template: Template) -> Resource? {
        if name == implicitHTTPAPI, usesImplicitHTTPAPI(template) { return implicitHTTPAPI(of: template) }
        if name == "ServerlessRestApi" {
            return Resource(logicalID: name, stack: template.stack, type: "AWS::Serverless::Api", properties: Fields())
        }
        let parents =
            [implicitHTTPAPI, "ServerlessRestApi"] + template.resources.filter(\.isServerless).map(\.logicalID)
        guard let parent = parents.filter(name.hasPrefix).max(by: { $0.count < $1.count }) else { return nil }
        let suffix = name.dropFirst(parent.count)
        let type =
            switch suffix {
            case _ where suffix.hasSuffix("Role"): "AWS::IAM::Role"
            case _ where suffix.hasSuffix("Stage"): "AWS::ApiGatewayV2::Stage"
            case _ where suffix.hasSuffix("Route"): "AWS::ApiGatewayV2::Route"
            case _ where suffix.hasSuffix("Integration"): "AWS::ApiGatewayV2::Integration"
            default: "AWS::Serverless"
            }
        return Resource(logicalID: name, stack: template.stack, type: type, properties: Fields())
    }
}
