/// Reads `AWS::CloudFormation::Stack` and `AWS::Serverless::Application`.
///
/// docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html
struct NestedStackReader {
    struct Declaration {
        var file: TemplateFile
        var parameters: [String: String]
    }

    /// CloudFormation's limit for the value of a parameter, in bytes.
    ///
    /// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
    static let parameterLimit = 4_096

    let resolver: Resolver

    /// The template and the parameters of a nested stack; nil, and noted, if the template is not a local file.
    func declaration(of resource: Resource) throws(TemplateError) -> Declaration? {
        let properties = Properties(of: resource, resolver: resolver)
        let name = resource.type == "AWS::CloudFormation::Stack" ? "TemplateURL" : "Location"
        guard let location = try properties.value(name) else {
            throw properties.error("\(resource.logicalID) needs the property \(name).")
        }
        guard let path = location.text, !path.contains("://") else {
            resolver.note(resource, "\(name) is not a local file; the nested stack is not run.")
            return nil
        }
        let file: TemplateFile
        do throws(TemplateError) {
            file = try resolver.file.nested(path)
        } catch {
            throw located(error, inFileNamed: path, of: properties, at: name)
        }
        return Declaration(file: file, parameters: try parameters(of: resource, properties))
    }

    /// Lists are joined by commas, as CloudFormation passes them.
    private func parameters(
        of resource: Resource,
        _ properties: Properties
    ) throws(TemplateError) -> [String: String] {
        guard let given = try properties.map("Parameters") else { return [:] }
        var parameters: [String: String] = [:]
        for name in given.names {
            guard let value = try given.value(name) else { continue }
            guard let text = value.text ?? value.list.map({ $0.compactMap(\.text).joined(separator: ",") }) else {
                throw given.error("\(name) is a string or a list of strings, not \(value.kind).", at: name)
            }
            guard text.utf8.count <= Self.parameterLimit else {
                let message =
                    "The parameter \(name) of \(resource.logicalID) has more than \(Self.parameterLimit) bytes, which "
                    + "CloudFormation does not accept."
                throw TemplateError(.limit, message, path: "\(given.path / name)", line: value.line)
            }
            parameters[name] = text
        }
        return parameters
    }

    /// An error with a line is in the nested file; any other one concerns the property that names the file.
    private func located(
        _ error: TemplateError,
        inFileNamed path: String,
        of properties: Properties,
        at name: String
    ) -> TemplateError {
        guard error.line == nil else {
            return error.located(in: resolver.file.path(ofFile: path), stack: properties.resource.qualifiedID)
        }
        var located = properties.error(error.message, at: name)
        located.code = error.code
        return located
    }
}

extension Resource {
    var isNestedStack: Bool { type == "AWS::CloudFormation::Stack" || type == "AWS::Serverless::Application" }
}
