/// SAM's `Globals`: default properties of all resources of a type.
///
/// docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html
struct Globals {
    private var propertiesByType: [String: Fields] = [:]

    init(_ section: Fields) throws(TemplateError) {
        for field in section {
            guard let properties = field.value.map else {
                let message = "Globals.\(field.name) is a map of properties."
                throw TemplateError(.invalid, message, path: "Globals.\(field.name)", line: field.value.line)
            }
            propertiesByType["AWS::Serverless::\(field.name)"] = properties
        }
    }

    func applied(to resource: Resource) -> Fields {
        guard var globals = propertiesByType[resource.type], !resource.ignoredGlobals.contains("*") else {
            return resource.properties
        }
        for name in resource.ignoredGlobals { globals[name] = nil }
        return Self.merged(globals, resource.properties)
    }

    /// Maps are merged and lists concatenated; for other values, that of the resource takes precedence.
    private static func merged(_ global: Fields, _ own: Fields) -> Fields {
        var result = global
        for field in own {
            result[field.name] = global[field.name].map { merged($0, field.value) } ?? field.value
        }
        return result
    }

    private static func merged(_ global: TemplateValue, _ own: TemplateValue) -> TemplateValue {
        // A function call counts as a scalar.
        guard IntrinsicCall(global) == nil, IntrinsicCall(own) == nil else { return own }
        switch (global.content, own.content) {
        case (.map(let global), .map(let fields)):
            return TemplateValue(.map(merged(global, fields)), line: own.line)
        case (.list(let global), .list(let elements)):
            return TemplateValue(.list(global + elements), line: own.line)
        default:
            return own
        }
    }
}
