extension Resolver {
    func reference(to name: String, at path: TemplatePath, line: Int?) throws(TemplateError) -> TemplateValue? {
        switch name {
        case "AWS::NoValue": return nil
        case "AWS::AccountId": return .string(settings.accountID, line: line)
        case "AWS::NotificationARNs": return TemplateValue(.list([]), line: line)
        case "AWS::Partition": return .string(settings.partition, line: line)
        case "AWS::Region": return .string(settings.region, line: line)
        case "AWS::StackId": return .string(settings.stackID, line: line)
        case "AWS::StackName": return .string(settings.stackName, line: line)
        case "AWS::URLSuffix": return .string(settings.urlSuffix, line: line)
        default: break
        }
        if let parameter = parameters.values[name] { return parameter }
        let resource = try self.resource(name, at: path, line: line)
        return .string(try PhysicalResource(resource, resolver: self).reference(), line: line)
    }

    func attribute(
        _ attribute: String,
        of logicalID: String,
        at path: TemplatePath,
        line: Int?
    ) throws(TemplateError) -> String {
        let resource = try self.resource(logicalID, at: path, line: line)
        return try PhysicalResource(resource, resolver: self).attribute(attribute, at: path, line: line)
    }

    /// The resource of that name, or one that SAM generates with such a name.
    private func resource(_ name: String, at path: TemplatePath, line: Int?) throws(TemplateError) -> Resource {
        if let resource = resources[name] {
            guard try isDeployed(resource) else {
                let message = "\(name) does not exist, because its condition \(resource.condition ?? "") does not hold."
                throw TemplateError(.missingReference, message, path: "\(path)", line: line)
            }
            return resource
        }
        if let generated = GeneratedResource.named(name, in: template) { return generated }
        throw TemplateError(.missingReference, ReferenceCheck.message(forMissing: name), path: "\(path)", line: line)
    }

    /// Resolves a property that is part of a resource's name; names that depend on each other are an error.
    func name(_ property: String, of resource: Resource) throws(TemplateError) -> String? {
        guard let value = resource.properties[property] else { return nil }
        let path = resource.path / "Properties" / property
        guard !namesInProgress.contains(resource.logicalID) else {
            let cycle = (namesInProgress + [resource.logicalID]).joined(separator: " → ")
            throw TemplateError(
                .circularReference,
                "Names depend on each other: \(cycle).",
                path: "\(path)",
                line: value.line
            )
        }
        namesInProgress.append(resource.logicalID)
        defer { namesInProgress.removeLast() }
        return try resolve(value, at: path)?.text
    }
}
