/// Looks at every reference of a template, those in properties that nobody reads here included, because a deployment
/// would look at them too.
struct ReferenceCheck {
    private let template: Template
    private let resolver: Resolver

    init(_ resolver: Resolver) {
        self.template = resolver.template
        self.resolver = resolver
    }

    static func message(forMissing name: String) -> String {
        "Nothing in the template is called \(name): there is no such parameter, pseudo parameter or resource."
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
        try checkCircles()
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
            let message =
                name.hasPrefix("Fn::ForEach")
                ? "Loops are not expanded here; write out what \(name) makes."
                : "\(name) is no function of CloudFormation's; check its spelling."
            throw TemplateError(.unknownFunction, message, path: "\(reference.path)", line: reference.line)
        }
    }

    /// SAM's embedded connectors are resources named after the one that they stand in.
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

    // MARK: Circles

    private func checkCircles() throws(TemplateError) {
        var finished: Set<String> = []
        for resource in try resolver.deployedResources() {
            try follow(resource, behind: [], &finished)
        }
    }

    private func follow(_ resource: Resource, behind: [String], _ finished: inout Set<String>) throws(TemplateError) {
        if let start = behind.firstIndex(of: resource.logicalID) {
            let circle = (behind[start...] + [resource.logicalID]).joined(separator: " → ")
            let message = "Resources wait for each other: \(circle). Break the circle, as a deployment would fail."
            throw TemplateError(.circularReference, message, path: "\(resource.path)", line: resource.line)
        }
        guard !finished.contains(resource.logicalID) else { return }
        for name in try dependencies(of: resource) {
            guard let next = resolver.resources[name], try resolver.isDeployed(next) else { continue }
            try follow(next, behind: behind + [resource.logicalID], &finished)
        }
        finished.insert(resource.logicalID)
    }

    /// SAM puts what a function's `S3` event says into the bucket, which then waits for the function's permission.
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
        // SAM makes resources of their own from these, and it is those that depend on what is named there.
        var properties = resource.isServerless && !resource.isFunction ? Fields() : resource.properties
        if resource.isServerless { properties["Events"] = nil }
        let path = resource.path / "Properties"
        let holds = { (name: String) throws(TemplateError) in
            try resolver.condition(name, at: path, line: resource.line)
        }
        let references = try TemplateValue(.map(properties)).references(at: path, holds: holds)
        return resource.dependsOn + functionsNotified(by: resource)
            + references.compactMap { reference in
                switch reference.target {
                case .name(let name), .resource(let name): name
                case .condition, .mapping, .unknownFunction: nil
                }
            }
    }
}
