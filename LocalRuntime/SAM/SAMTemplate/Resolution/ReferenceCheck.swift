/// Checks all references of a template, including those in properties that are not emulated, as a deployment does.
struct ReferenceCheck {
    private let template: Template
    private let resolver: Resolver

    init(_ resolver: Resolver) {
        self.template = resolver.template
        self.resolver = resolver
    }

    static func message(forMissing name: String) -> String {
        "\(name) is not a parameter, a pseudo parameter or a resource of the template."
    }

    func run() throws(TemplateError) {
        for condition in template.conditions {
            for reference in try condition.value.references(at: TemplatePath("Conditions", condition.name)) {
                try check(reference, allowsResources: false)
            }
        }
        for resource in template.resources {
            if let condition = resource.condition {
                let reference = Reference(
                    target: .condition(condition),
                    path: resource.path / "Condition",
                    line: resource.line
                )
                try check(reference)
            }
            for name in resource.dependsOn where !isConnector(name) {
                let path = resource.path / "DependsOn"
                try check(Reference(target: .resource(name), path: path, line: resource.line))
            }
            let properties = TemplateValue(.map(resource.properties), line: resource.line)
            for reference in try properties.references(at: resource.path / "Properties") { try check(reference) }
        }
        for output in template.outputs {
            for reference in try output.value.references(at: TemplatePath("Outputs", output.name)) {
                try check(reference)
            }
        }
        try checkCycles()
        try checkOutputs()
    }

    private func check(_ reference: Reference, allowsResources: Bool = true) throws(TemplateError) {
        switch reference.target {
        case .name(let name):
            let isKnown =
                name.hasPrefix("AWS::") ? Self.pseudoParameters.contains(name) : template.parameters[name] != nil
            guard !isKnown else { return }
            guard allowsResources, isResource(name) else { throw missing(Self.message(forMissing: name), reference) }
        case .resource(let name):
            guard allowsResources, isResource(name) else { throw missing(Self.message(forMissing: name), reference) }
        case .condition(let name):
            guard template.conditions[name] != nil else {
                throw missing("There is no condition \(name) under Conditions.", reference)
            }
        case .mapping(let name):
            guard template.mappings[name] != nil else {
                throw missing("There is no mapping \(name) under Mappings.", reference)
            }
        case .unknownFunction(let name):
            let message = "\(name) is not a CloudFormation function."
            throw TemplateError(.unknownFunction, message, path: "\(reference.path)", line: reference.line)
        }
    }

    /// Embedded connectors of SAM are resources whose names begin with that of their parent.
    private func isConnector(_ name: String) -> Bool {
        template.resources.contains { $0.hasConnectors && name.hasPrefix($0.logicalID) }
    }

    private func isResource(_ name: String) -> Bool {
        resolver.resources[name] != nil || GeneratedResource.named(name, in: template) != nil
    }

    private func missing(_ message: String, _ reference: Reference) -> TemplateError {
        TemplateError(.missingReference, message, path: "\(reference.path)", line: reference.line)
    }

    private static let pseudoParameters: Set<String> = [
        "AWS::AccountId", "AWS::NoValue", "AWS::NotificationARNs", "AWS::Partition", "AWS::Region", "AWS::StackId",
        "AWS::StackName", "AWS::URLSuffix",
    ]

    /// Checks the outputs of nested stacks that deployed resources use.
    private func checkOutputs() throws(TemplateError) {
        for resource in try resolver.deployedResources() {
            for reference in try effectiveReferences(of: TemplateValue(.map(resource.properties)), in: resource) {
                guard let attribute = reference.attribute, attribute.hasPrefix("Outputs."),
                    let name = reference.target.name, let stack = resolver.resources[name], stack.isNestedStack,
                    try resolver.isDeployed(stack), try resolver.deployment.nestedStack(stack, in: resolver) != nil
                else { continue }
                _ = try resolver.output(
                    String(attribute.dropFirst("Outputs.".count)),
                    ofNestedStack: stack,
                    at: reference.path,
                    line: reference.line
                )
            }
        }
    }

    /// References outside the branches of `Fn::If` whose condition does not hold.
    private func effectiveReferences(
        of value: TemplateValue,
        in resource: Resource
    ) throws(TemplateError) -> [Reference] {
        let path = resource.path / "Properties"
        return try value.references(at: path) { (name) throws(TemplateError) in
            try resolver.condition(name, at: path, line: resource.line)
        }
    }

    // MARK: Circular dependencies

    private func checkCycles() throws(TemplateError) {
        var finished: Set<String> = []
        for resource in try resolver.deployedResources() {
            try follow(resource, behind: [], &finished)
        }
    }

    private func follow(_ resource: Resource, behind: [String], _ finished: inout Set<String>) throws(TemplateError) {
        if let start = behind.firstIndex(of: resource.logicalID) {
            let cycle = (behind[start...] + [resource.logicalID]).joined(separator: " → ")
            let message = "Resources depend on each other: \(cycle). A deployment would fail."
            throw TemplateError(.circularReference, message, path: "\(resource.path)", line: resource.line)
        }
        guard !finished.contains(resource.logicalID) else { return }
        for name in try dependencies(of: resource) {
            guard let next = resolver.resources[name], try resolver.isDeployed(next) else { continue }
            try follow(next, behind: behind + [resource.logicalID], &finished)
        }
        finished.insert(resource.logicalID)
    }

    /// The `S3` events of functions: SAM makes the bucket depend on the permission of the function.
    private func functionsNotified(by bucket: Resource) -> [String] {
        guard bucket.type == "AWS::S3::Bucket" else { return [] }
        return template.resources.filter { resource in
            resource.type == "AWS::Serverless::Function"
                && (resource.properties["Events"]?.map ?? Fields()).contains { event in
                    let event = event.value.map
                    let reference = event?["Properties"]?.map?["Bucket"]?.map?["Ref"]?.text
                    return event?["Type"]?.text == "S3" && reference == bucket.logicalID
                }
        }
        .map(\.logicalID)
    }

    private func dependencies(of resource: Resource) throws(TemplateError) -> [String] {
        // SAM expands these to separate resources, which have the dependencies.
        var properties = resource.isServerless && !resource.isFunction ? Fields() : resource.properties
        if resource.isServerless { properties["Events"] = nil }
        let references = try effectiveReferences(of: TemplateValue(.map(properties)), in: resource)
        return resource.dependsOn + functionsNotified(by: resource)
            + references.compactMap(\.target.name)
    }
}
