/// A value in a template, with its line in the file.
struct TemplateValue: Sendable, Hashable {
    indirect enum Content: Sendable, Hashable {
        case null
        case boolean(Bool)
        /// The number's text where it is used as a string.
        case number(String)
        case string(String)
        case list([TemplateValue])
        case map(Fields)
    }

    /// A scalar as the template has it.
    struct Written: Sendable, Hashable {
        var text: String
        /// Whether what AWS makes of it is not documented.
        var isAssumption: Bool
    }

    var content: Content
    /// The original text of a scalar that is read as another: `0123` for the number 83.
    var written: Written?
    /// Counted from 1; nil for a value that is not in a file, such as that of a parameter.
    var line: Int?

    init(_ content: Content, line: Int? = nil) {
        self.content = content
        self.line = line
    }

    static func string(_ string: String, line: Int? = nil) -> Self { .init(.string(string), line: line) }

    var isNull: Bool { content == .null }

    /// A scalar as a string, converted as CloudFormation does; nil for lists and maps.
    var text: String? {
        switch content {
        case .boolean(let boolean): boolean ? "true" : "false"
        case .number(let text), .string(let text): text
        case .null, .list, .map: nil
        }
    }

    var list: [TemplateValue]? {
        guard case .list(let elements) = content else { return nil }
        return elements
    }

    var map: Fields? {
        guard case .map(let fields) = content else { return nil }
        return fields
    }

    /// "a list", for error messages.
    var kind: String {
        switch content {
        case .null: "nothing"
        case .boolean: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .list: "a list"
        case .map: "a map"
        }
    }
}

/// A map that keeps the order of the template, for resources and routes.
struct Fields: Sendable, Hashable, Sequence {
    struct Field: Sendable, Hashable {
        var name: String
        var value: TemplateValue
    }

    private var fields: [Field] = []
    private var positions: [String: Int] = [:]

    init() {}

    init(_ fields: [Field]) {
        for field in fields { self[field.name] = field.value }
    }

    var isEmpty: Bool { fields.isEmpty }
    var names: [String] { fields.map(\.name) }

    /// The field of a map with a single field; nil otherwise.
    var only: Field? { fields.count == 1 ? fields[0] : nil }

    subscript(name: String) -> TemplateValue? {
        get { positions[name].map { fields[$0].value } }
        set {
            switch (positions[name], newValue) {
            case (let position?, let value?):
                fields[position].value = value
            case (nil, let value?):
                positions[name] = fields.count
                fields.append(Field(name: name, value: value))
            case (_?, nil):
                self = Fields(fields.filter { $0.name != name })
            case (nil, nil):
                break
            }
        }
    }

    func makeIterator() -> Array<Field>.Iterator { fields.makeIterator() }
}
