extension Resolver {
    /// Notes each `Fn::Transform` that remains once local files are included, wherever it is: properties that are not
    /// read could be missing because of it.
    func noteTransforms() { noteTransforms(in: file.root, at: TemplatePath()) }

    private func noteTransforms(in value: TemplateValue, at path: TemplatePath) {
        switch value.content {
        case .list(let elements):
            for (index, element) in elements.enumerated() { noteTransforms(in: element, at: path / index) }
        case .map(let fields):
            for field in fields {
                // Those among the resources are noted as an ignored section.
                if field.name == "Fn::Transform", path != TemplatePath("Resources") {
                    noteTransform(field.value, at: path)
                } else {
                    noteTransforms(in: field.value, at: path / field.name)
                }
            }
        default: break
        }
    }

    func noteTransform(_ transform: TemplateValue?, at path: TemplatePath) {
        let isInclude = transform?.map?["Name"]?.text == "AWS::Include"
        let reason = isInclude ? "only local files are included" : "the macro is not run"
        note(at: path, function: "Fn::Transform", "\(reason), and the value is left out.")
    }
}
