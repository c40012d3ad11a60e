/// Reads `Custom::X` and `AWS::CloudFormation::CustomResource`.
///
/// docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources.html
struct CustomResourceReader {
    let resolver: Resolver
    let functions: FunctionDirectory

    func customResources() throws(TemplateError) -> [CustomResource] {
        var found: [CustomResource] = []
        for resource in try resolver.deployedResources() where Self.reads(resource.type) {
            let properties = Properties(of: resource, resolver: resolver)
            let token = try properties.requiredString("ServiceToken")
            guard let function = functions.logicalID(in: token) else {
                resolver.note(
                    resource,
                    "ServiceToken: \(token) is not a function of these templates; the resource is not created."
                )
                continue
            }
            let path = resource.path / "Properties"
            let all = try resolver.resolve(TemplateValue(.map(resource.properties)), at: path)
            found.append(
                CustomResource(
                    logicalID: resource.qualifiedID,
                    type: resource.type,
                    function: function,
                    properties: all?.withScalarsAsStrings.json ?? "{}"
                )
            )
        }
        return found
    }

    static func reads(_ type: String) -> Bool {
        type.hasPrefix("Custom::") || type == "AWS::CloudFormation::CustomResource"
    }
}
