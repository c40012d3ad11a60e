extension TemplateValue {
    /// The value as compact JSON, numbers as they were written, fields in the template's order.
    var json: String {
        switch content {
        case .null: "null"
        case .boolean(let boolean): boolean ? "true" : "false"
        case .number(let text): Self.json(number: text)
        case .string(let text): text.quotedForJSON
        case .list(let elements): "[\(elements.map(\.json).joined(separator: ","))]"
        case .map(let fields): "{\(fields.map { "\($0.name.quotedForJSON):\($0.value.json)" }.joined(separator: ","))}"
        }
    }

    /// YAML's numbers are more than JSON's: `007`, `.5`, `+1`.
    private static func json(number text: String) -> String {
        if let integer = Int(text) { return String(integer) }
        guard let number = Double(text), number.isFinite else { return text.quotedForJSON }
        return String(number)
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

extension String {
    fileprivate var quotedForJSON: String {
        var result = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case ..<" ":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
