/// A template's settings for local runs, under `Metadata: LocalRuntime:`, which CloudFormation ignores.
public struct LocalMetadata: Sendable, Hashable {
    /// Parameter values for a local run. The runtime interprets values such as `local:database-url`.
    public var parameters: [String: String] = [:]

    public init() {}

    init(_ metadata: TemplateValue?) throws(TemplateError) {
        guard let section = metadata?.map?["LocalRuntime"] else { return }
        let path = TemplatePath("Metadata", "LocalRuntime")
        guard let fields = section.map else {
            throw TemplateError(.invalid, "LocalRuntime is a map.", path: "\(path)", line: section.line)
        }
        for field in fields {
            guard field.name == "Parameters", let parameters = field.value.map else {
                let message =
                    "\(field.name) is unknown: LocalRuntime has Parameters, a map of names to values."
                throw TemplateError(.invalid, message, path: "\(path / field.name)", line: field.value.line)
            }
            for parameter in parameters {
                guard let text = parameter.value.text else {
                    let message = "The value of a parameter is a string, a number or a boolean."
                    let place = path / "Parameters" / parameter.name
                    throw TemplateError(.invalid, message, path: "\(place)", line: parameter.value.line)
                }
                self.parameters[parameter.name] = text
            }
        }
    }
}
