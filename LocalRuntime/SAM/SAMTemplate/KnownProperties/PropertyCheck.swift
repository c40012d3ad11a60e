/// Finds properties that their resource does not have.
struct PropertyCheck {
    let resolver: Resolver

    /// - Throws: An error for the first unknown property of a resource that is deployed.
    func check() throws(TemplateError) {
        for resource in try resolver.deployedResources() {
            guard let tree = KnownProperties.resources[resource.type] else { continue }
            let path = resource.path / "Properties"
            let value = TemplateValue(.map(resource.properties), line: resource.line)
            try check(value, tree, at: path, owner: resource.type)
            if resource.type == "AWS::Serverless::Function", let events = resource.properties["Events"]?.map {
                for event in events where !event.name.hasPrefix("Fn::") { try check(event, at: path / "Events") }
            }
        }
    }

    private func check(_ event: Fields.Field, at path: TemplatePath) throws(TemplateError) {
        guard let fields = event.value.map, let type = fields["Type"]?.text,
            let tree = KnownProperties.eventTrees[type], let properties = fields["Properties"]
        else { return }
        try check(properties, tree, at: path / event.name / "Properties", owner: "an event of type \(type)")
    }

    private func check(
        _ value: TemplateValue,
        _ tree: PropertyTree,
        at path: TemplatePath,
        owner: String
    ) throws(TemplateError) {
        guard tree.names != nil else { return }
        switch value.content {
        case .list(let elements):
            for (index, element) in elements.enumerated() {
                try check(element, tree, at: path / index, owner: owner)
            }
        case .map(let fields):
            if let branches = fields.only.flatMap({ $0.name == "Fn::If" ? $0.value.list : nil }) {
                for branch in branches.dropFirst() { try check(branch, tree, at: path, owner: owner) }
                return
            }
            // The value of any other function is not known here.
            guard !fields.names.contains(where: { $0 == "Ref" || $0.hasPrefix("Fn::") }) else { return }
            for field in fields {
                guard let below = tree[field.name] else { throw unknown(field, tree, at: path, owner) }
                try check(field.value, below, at: path / field.name, owner: owner)
            }
        default: return
        }
    }

    private func unknown(
        _ field: Fields.Field,
        _ tree: PropertyTree,
        at path: TemplatePath,
        _ owner: String
    ) -> TemplateError {
        let hint = tree.nearest(to: field.name).map { " Did you mean \($0)?" } ?? ""
        return TemplateError(
            .invalid,
            "\(field.name) is not a property of \(owner) here; AWS refuses it.\(hint)",
            path: "\(path / field.name)",
            line: field.value.line
        )
    }
}
