/// A template's sections, with SAM's globals applied and nothing resolved.
struct Template {
    /// The logical ids of the nested stacks that lead to this one, joined by dots; empty for the outermost stack.
    var stack: String
    var metadata: TemplateValue?
    var parameters: Fields
    var mappings: Fields
    var conditions: Fields
    var outputs: Fields
    var resources: [Resource] = []
    var globals: Globals
    /// The names of macros, including SAM and the language extensions.
    var transforms: [String] = []
    /// Sections that are not evaluated.
    var ignored: [String] = []

    /// Loops are left out; `LoopExpansion` expands them first.
    init(_ root: TemplateValue, stack: String = "") throws(TemplateError) {
        self.stack = stack
        guard let sections = root.map else {
            throw TemplateError(.malformed, "A template is a map with a Resources section.", line: root.line)
        }
        try TemplateLimits.checkSections(sections)
        metadata = sections["Metadata"]
        parameters = try Self.section("Parameters", of: sections)
        mappings = try Self.section("Mappings", of: sections)
        conditions = try Self.section("Conditions", of: sections)
        outputs = try Self.section("Outputs", of: sections)
        globals = try Globals(try Self.section("Globals", of: sections))
        if let transform = sections["Transform"] {
            transforms = (transform.list ?? [transform]).map { $0.text ?? "AWS::Include" }
        }
        // Not Rules, which check the values of a deployment and change nothing else.
        ignored = ["Hooks"].filter { sections[$0]?.map?.isEmpty == false }

        let resources = try Self.section("Resources", of: sections)
        guard !resources.isEmpty else {
            throw TemplateError(.invalid, "The template has no Resources section, or it is empty.", line: root.line)
        }
        for (section, fields) in [
            ("Parameters", parameters), ("Mappings", mappings), ("Outputs", outputs), ("Resources", resources),
        ] {
            try Self.checkNames(of: fields, in: section)
        }
        for field in resources {
            if field.name.hasPrefix(LoopExpansion.prefix) { continue }
            if field.name.hasPrefix("Fn::") {
                ignored.append("Resources.\(field.name)")
                continue
            }
            var resource = try Resource(field, stack: stack)
            resource.properties = globals.applied(to: resource)
            self.resources.append(resource)
        }
    }

    /// - Throws: An error for a logical id that is not alphanumeric, or longer than 255 characters.
    private static func checkNames(of fields: Fields, in section: String) throws(TemplateError) {
        for field in fields where !field.name.hasPrefix("Fn::") {
            let isValid = field.name.utf8.allSatisfy(\.isAlphanumeric) && (1...255).contains(field.name.utf8.count)
            guard isValid else {
                let message = "“\(field.name)” is not a logical id: it has other characters than letters and digits."
                throw TemplateError(.invalid, message, path: "\(section).\(field.name)", line: field.value.line)
            }
        }
    }

    private static func section(_ name: String, of sections: Fields) throws(TemplateError) -> Fields {
        guard let value = sections[name], !value.isNull else { return Fields() }
        guard let fields = value.map else {
            throw TemplateError(.invalid, "\(name) is a map, not \(value.kind).", path: name, line: value.line)
        }
        return fields
    }
}

/// A resource as the template declares it.
struct Resource {
    /// `Template.stack` of the template that declares it.
    var stack: String
    var logicalID: String
    var type: String
    var properties: Fields
    var condition: String?
    var dependsOn: [String] = []
    /// `IgnoreGlobals`: `*`, or names of properties.
    var ignoredGlobals: [String] = []
    var hasConnectors = false
    var line: Int?

    /// The logical id, preceded by those of the nested stacks, which is unique among all stacks: `Orders.Worker`.
    var qualifiedID: String { stack.isEmpty ? logicalID : "\(stack).\(logicalID)" }
    /// The name that replaces a generated one of CloudFormation: `Orders-Worker`.
    var generatedName: String { qualifiedID.replacing(".", with: "-") }
    var path: TemplatePath { TemplatePath("Resources", logicalID) }
    var isServerless: Bool { type.hasPrefix("AWS::Serverless::") }

    init(logicalID: String, stack: String, type: String, properties: Fields) {
        self.stack = stack
        self.logicalID = logicalID
        self.type = type
        self.properties = properties
    }

    init(_ field: Fields.Field, stack: String) throws(TemplateError) {
        let path = TemplatePath("Resources", field.name)
        guard let attributes = field.value.map, let type = attributes["Type"]?.text else {
            let message = "A resource is a map with a Type."
            throw TemplateError(.invalid, message, path: "\(path)", line: field.value.line)
        }
        let properties = attributes["Properties"]
        guard properties == nil || properties?.map != nil || properties?.isNull == true else {
            throw TemplateError(.invalid, "Properties is a map.", path: "\(path)", line: properties?.line)
        }
        self.init(logicalID: field.name, stack: stack, type: type, properties: properties?.map ?? Fields())
        condition = attributes["Condition"]?.text
        dependsOn = Self.names(attributes["DependsOn"])
        ignoredGlobals = Self.names(attributes["IgnoreGlobals"])
        hasConnectors = attributes["Connectors"] != nil
        line = field.value.line
    }

    private static func names(_ value: TemplateValue?) -> [String] {
        guard let value else { return [] }
        return (value.list ?? [value]).compactMap(\.text)
    }
}
