extension Resolver {
    /// The values of all outputs whose condition holds; lists and maps are JSON.
    func outputs() throws(TemplateError) -> [String: String] {
        var outputs: [String: String] = [:]
        for name in template.outputs.names { outputs[name] = try output(name) }
        return outputs
    }

    /// The value of an output; nil if it is not declared, its condition does not hold, or it is `AWS::NoValue`.
    func output(_ name: String) throws(TemplateError) -> String? {
        guard let declaration = template.outputs[name] else { return nil }
        let path = TemplatePath("Outputs", name)
        guard let fields = declaration.map, let value = fields["Value"] else {
            throw TemplateError(.invalid, "An output needs a Value.", path: "\(path)", line: declaration.line)
        }
        if let condition = fields["Condition"]?.text {
            guard try self.condition(condition, at: path, line: declaration.line) else { return nil }
        }
        guard let resolved = try resolve(value, at: path / "Value") else { return nil }
        return resolved.text ?? resolved.json
    }

    /// `Fn::GetAtt` of `Outputs.{name}` of a nested stack; empty, and noted, if its template is not a local file.
    func output(
        _ name: String,
        ofNestedStack resource: Resource,
        at path: TemplatePath,
        line: Int?
    ) throws(TemplateError) -> String {
        guard let nested = try deployment.nestedStack(resource, in: self) else {
            note(resource, "\(path) uses the output \(name), which is left empty.")
            return ""
        }
        if let value = try nested.locating({ () throws(TemplateError) in try nested.output(name) }) { return value }
        let declared = nested.template.outputs.names.joined(separator: ", ")
        let message =
            nested.template.outputs[name] == nil
            ? "The nested stack \(resource.logicalID) has no output \(name). It has: "
                + "\(declared.isEmpty ? "none" : declared)."
            : "The output \(name) of the nested stack \(resource.logicalID) does not exist, because its condition does "
                + "not hold or it has no value."
        throw TemplateError(.missingReference, message, path: "\(path)", line: line)
    }
}
