internal import EmulatorCore

extension TemplateValue {
    /// The value as compact JSON, with the fields in the order of the template.
    var json: String {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.text
    }

    private func write(to writer: inout JSONWriter) {
        switch content {
        case .null: writer.value(json: "null")
        case .boolean(let boolean): writer.value(json: boolean ? "true" : "false")
        case .number(let text): Self.write(number: text, to: &writer)
        case .string(let text): writer.value(text)
        case .list(let elements):
            writer.array(elements) { writer, element in element.write(to: &writer) }
        case .map(let fields):
            writer.object { writer in
                for field in fields { writer.field(field.name) { field.value.write(to: &$0) } }
            }
        }
    }

    /// YAML has more notations for numbers than JSON: `007`, `.5`, `+1`.
    private static func write(number text: String, to writer: inout JSONWriter) {
        if let integer = Int(text) {
            writer.value(json: String(integer))
        } else if let number = Double(text), number.isFinite {
            writer.value(json: String(number))
        } else {
            writer.value(text)
        }
    }

    /// The value with every scalar a string, as CloudFormation passes properties to custom resources.
    var withScalarsAsStrings: TemplateValue {
        switch content {
        case .null, .string:
            return self
        case .boolean, .number:
            return .string(text ?? "", line: line)
        case .list(let elements):
            return TemplateValue(.list(elements.map(\.withScalarsAsStrings)), line: line)
        case .map(let fields):
            let strings = fields.map { Fields.Field(name: $0.name, value: $0.value.withScalarsAsStrings) }
            return TemplateValue(.map(Fields(strings)), line: line)
        }
    }
}
