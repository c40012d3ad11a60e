/// Resources that a template does not hold and may refer to, because SAM makes them.
///
/// docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources.html
enum GeneratedResource {
    static let implicitHTTPAPI = "ServerlessHttpApi"

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
        if name == implicitHTTPAPI, usesImplicitHTTPAPI(template) {
            return Resource(logicalID: name, type: "AWS::Serverless::HttpApi", properties: Fields())
        }
        if name == "ServerlessRestApi" {
            return Resource(logicalID: name, type: "AWS::Serverless::Api", properties: Fields())
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
        return Resource(logicalID: name, type: type, properties: Fields())
    }
}
