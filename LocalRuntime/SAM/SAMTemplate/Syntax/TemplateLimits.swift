/// What a template may contain.
///
/// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
enum TemplateLimits {
    private static let sections: Set = [
        "AWSTemplateFormatVersion", "Conditions", "Description", "Fn::Transform", "Globals", "Hooks", "Mappings",
        "Metadata", "Outputs", "Parameters", "Resources", "Rules", "Transform",
    ]

    /// - Throws: An error for a section that CloudFormation and SAM do not have.
    static func checkSections(_ fields: Fields) throws(TemplateError) {
        for field in fields where !sections.contains(field.name) {
            let message = "“\(field.name)” is not a section of a template; CloudFormation refuses the template."
            throw TemplateError(.invalid, message, path: field.name, line: field.value.line)
        }
    }

    /// - Throws: An error for a template that has more of something than CloudFormation accepts, once its loops are
    ///   expanded.
    static func checkCounts(of template: Template) throws(TemplateError) {
        for (section, count, limit) in [
            ("Resources", template.resources.count, 500), ("Parameters", template.parameters.names.count, 200),
            ("Outputs", template.outputs.names.count, 200), ("Mappings", template.mappings.names.count, 200),
        ] where count > limit {
            let message = "The template has \(count) \(section); CloudFormation accepts at most \(limit)."
            throw TemplateError(.limit, message, path: section)
        }
    }
}
