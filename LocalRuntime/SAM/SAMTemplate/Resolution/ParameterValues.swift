/// The values of a template's parameters, from the settings or the defaults.
struct ParameterValues {
    private(set) var values: [String: TemplateValue] = [:]
    /// Parameters whose value is the name of a Systems Manager parameter, which is not looked up.
    private(set) var unresolved: [(name: String, type: String)] = []

    init(_ declarations: Fields, overrides: [String: String]) throws(TemplateError) {
        for name in overrides.keys.sorted() where declarations[name] == nil {
            let known = declarations.names.joined(separator: ", ")
            let message = "The template has no parameter \(name). It has: \(known.isEmpty ? "none" : known)."
            throw TemplateError(.parameter, message)
        }
        let parameters = try declarations.map(ParameterDeclaration.init)
        try Self.checkPresence(parameters, overrides)
        for parameter in parameters {
            values[parameter.name] = try parameter.value(override: overrides[parameter.name])
            if parameter.isLookedUp, overrides[parameter.name] == nil {
                unresolved.append((parameter.name, parameter.type))
            }
        }
    }
}

extension ParameterValues {
    /// Reports all missing values in one error.
    private static func checkPresence(
        _ parameters: [ParameterDeclaration],
        _ overrides: [String: String]
    ) throws(TemplateError) {
        let missing = parameters.filter { !$0.hasDefault && overrides[$0.name] == nil }
        guard let first = missing.first else { return }
        let message =
            "No value for \(missing.map(\.name).joined(separator: ", ")): pass \(first.name)=VALUE, give it a Default, "
            + "or set a value for local runs under Metadata.LocalRuntime.Parameters."
        throw first.error(message)
    }
}

/// One entry of `Parameters`.
///
/// docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
struct ParameterDeclaration {
    var name: String
    var type: String
    private var fields: Fields
    private var line: Int?

    private var path: String { "Parameters.\(name)" }
    /// Whether the value is the name of a Systems Manager parameter: `AWS::SSM::Parameter::Value<…>`.
    var isLookedUp: Bool { type.hasPrefix("AWS::SSM::Parameter::Value<") }

    private var isList: Bool { type.contains("List<") || type.contains("CommaDelimitedList") }
    private var isNumber: Bool { type == "Number" || type == "List<Number>" }
    /// Whether messages must not contain the value.
    private var isSecret: Bool { fields["NoEcho"]?.text?.lowercased() == "true" }

    init(_ declaration: Fields.Field) throws(TemplateError) {
        name = declaration.name
        line = declaration.value.line
        guard let fields = declaration.value.map, let type = fields["Type"]?.text else {
            let message = "A parameter is a map with a Type, such as String."
            throw TemplateError(.invalid, message, path: "Parameters.\(name)", line: line)
        }
        self.fields = fields
        self.type = type
        let isKnown =
            ["String", "Number", "CommaDelimitedList"].contains(type)
            || ["List<", "AWS::EC2::", "AWS::Route53::", "AWS::SSM::"].contains { type.hasPrefix($0) }
        guard isKnown else {
            let message = "\(type) is not a parameter type; use String, Number, CommaDelimitedList or List<Number>."
            throw error(message)
        }
    }

    func value(override: String?) throws(TemplateError) -> TemplateValue {
        let text = override ?? defaultText ?? ""
        var pattern = try allowedPattern()
        guard isList else {
            try check(text, &pattern)
            var value = TemplateValue(isNumber ? .number(text) : .string(text), line: line)
            if override == nil { value.written = fields["Default"]?.written }
            return value
        }
        var elements: [TemplateValue] = []
        for element in text.split(separator: ",", omittingEmptySubsequences: false) {
            let element = element.trimmed
            try check(element, &pattern)
            elements.append(TemplateValue(isNumber ? .number(element) : .string(element), line: line))
        }
        return TemplateValue(.list(elements), line: line)
    }

    var hasDefault: Bool { defaultText != nil }

    private var defaultText: String? {
        guard let value = fields["Default"] else { return nil }
        return value.text ?? value.list.map { $0.compactMap(\.text).joined(separator: ",") }
    }

    private func allowedPattern() throws(TemplateError) -> AllowedPattern? {
        guard let text = fields["AllowedPattern"]?.text else { return nil }
        guard let pattern = AllowedPattern(text) else {
            throw error("AllowedPattern is not a supported regular expression: \(text)")
        }
        return pattern
    }

    private func check(_ text: String, _ pattern: inout AllowedPattern?) throws(TemplateError) {
        let shown = isSecret ? "The value" : "“\(text)”"
        if isNumber, Double(text) == nil { throw error("\(shown) is not a number.") }
        if let allowed = fields["AllowedValues"]?.list?.compactMap(\.text), !allowed.contains(text) {
            throw error("\(shown) is not allowed; use one of \(allowed.joined(separator: ", ")).")
        }
        let written = fields["AllowedPattern"]?.text ?? ""
        switch pattern?.match(text) {
        case nil, .matches?: break
        case .differs?: throw error(fields["ConstraintDescription"]?.text ?? "\(shown) does not match \(written).")
        case .takesTooLong?:
            throw error("AllowedPattern takes too long; repeat no group that contains a repetition: \(written)")
        }
        try checkBound("MinLength", text) { $0 <= Double(text.count) }
        try checkBound("MaxLength", text) { $0 >= Double(text.count) }
        if let number = Double(text) {
            try checkBound("MinValue", text) { $0 <= number }
            try checkBound("MaxValue", text) { $0 >= number }
        }
    }

    private func checkBound(_ constraint: String, _ text: String, holds: (Double) -> Bool) throws(TemplateError) {
        guard let bound = fields[constraint]?.text, let number = Double(bound), !holds(number) else { return }
        let shown = isSecret ? "The value" : "“\(text)”"
        throw error(fields["ConstraintDescription"]?.text ?? "\(shown) violates \(constraint), which is \(bound).")
    }

    func error(_ message: String) -> TemplateError {
        TemplateError(.parameter, message, path: path, line: line)
    }
}

extension Substring {
    fileprivate var trimmed: String {
        var text = self
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
