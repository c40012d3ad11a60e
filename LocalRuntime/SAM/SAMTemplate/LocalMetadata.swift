/// What a template says to a local runtime, under `Metadata: LocalRuntime:`; CloudFormation ignores it.
public struct LocalMetadata: Sendable, Hashable {
    /// Values of template parameters for a local run, as written. What a value such as `local:database-url` stands
    /// for is the runtime's to say.
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
                    "\(field.name) is not known here: LocalRuntime holds Parameters, a map of names to values."
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
