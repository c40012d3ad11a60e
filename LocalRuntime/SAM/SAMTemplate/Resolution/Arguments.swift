/// Reads the arguments of a call of an intrinsic function.
struct Arguments {
    let resolver: Resolver
    let call: IntrinsicCall
    let path: TemplatePath
    let line: Int?

    /// A literal name.
    func name() throws(TemplateError) -> String {
        guard let name = call.argument.text else { throw wrong("the name of a parameter or resource") }
        return name
    }

    /// `X.Arn` or `[X, Arn]`; the attribute may be a function call.
    func attribute() throws(TemplateError) -> (logicalID: String, attribute: String) {
        if let text = call.argument.text, let dot = text.firstIndex(of: ".") {
            return (String(text[..<dot]), String(text[text.index(after: dot)...]))
        }
        if let list = call.argument.list, list.count == 2, let logicalID = list[0].text {
            return (logicalID, try text(list[1]))
        }
        throw wrong("Resource.Attribute, or both in a list")
    }

    func substitution() throws(TemplateError) -> (text: String, variables: [String: TemplateValue]) {
        if let text = call.argument.text { return (text, [:]) }
        guard let list = call.argument.list, list.count == 2, let text = list[0].text, let map = list[1].map else {
            throw wrong("a string, or a list of a string and a map of its variables")
        }
        var variables: [String: TemplateValue] = [:]
        for field in map { variables[field.name] = try resolver.resolve(field.value, at: path / field.name) }
        return (text, variables)
    }

    func join() throws(TemplateError) -> (separator: String, elements: [String]) {
        let expected = "a separator and a list of strings"
        let pair = try pair(expected)
        guard let separator = pair.0.text, let list = try resolver.resolve(pair.1, at: path)?.list else {
            throw wrong(expected)
        }
        var elements: [String] = []
        for element in list { elements.append(try string(element, named: "an element of Fn::Join")) }
        return (separator, elements)
    }

    func split() throws(TemplateError) -> (separator: String, text: String) {
        let expected = "a separator and a string"
        let pair = try pair(expected)
        guard let separator = pair.0.text, !separator.isEmpty else { throw wrong(expected) }
        return (separator, try text(pair.1))
    }

    func selected() throws(TemplateError) -> TemplateValue? {
        let expected = "an index and a list"
        let pair = try pair(expected)
        guard let index = Int(try text(pair.0)), let list = try resolver.resolve(pair.1, at: path)?.list else {
            throw wrong(expected)
        }
        guard list.indices.contains(index) else {
            throw error("Fn::Select has the index \(index) for a list of \(list.count); indices start at 0.")
        }
        return list[index]
    }

    func mapped(_ mappings: Fields) throws(TemplateError) -> TemplateValue? {
        guard let keys = call.argument.list, keys.count == 3 || keys.count == 4 else {
            throw wrong("the name of a mapping and two keys")
        }
        let mapping = try text(keys[0])
        let first = try text(keys[1])
        let second = try text(keys[2])
        if let value = mappings[mapping]?.map?[first]?.map?[second] { return value }
        if keys.count == 4, let fallback = keys[3].map?["DefaultValue"] {
            return try resolver.resolve(fallback, at: path / "DefaultValue")
        }
        let message = "The mapping \(mapping) has no value for \(first), \(second); add it under Mappings."
        throw TemplateError(.missingReference, message, path: "\(path)", line: line)
    }

    func branches() throws(TemplateError) -> (condition: String, whenTrue: TemplateValue, whenFalse: TemplateValue) {
        guard let list = call.argument.list, list.count == 3, let condition = list[0].text else {
            throw wrong("the name of a condition, the value if it holds and the value if it does not")
        }
        return (condition, list[1], list[2])
    }

    func region() throws(TemplateError) -> String {
        let region = try resolver.resolve(call.argument, at: path)?.text ?? ""
        return region.isEmpty ? resolver.settings.region : region
    }

    func elements() throws(TemplateError) -> [TemplateValue] {
        guard let list = try resolved().list else { throw wrong("a list") }
        return list
    }

    func resolved() throws(TemplateError) -> TemplateValue {
        guard let value = try resolver.resolve(call.argument, at: path) else { throw wrong("a value") }
        return value
    }

    func text() throws(TemplateError) -> String { try text(call.argument) }

    /// The value as part of a longer string.
    func string(_ value: TemplateValue?, named name: String) throws(TemplateError) -> String {
        guard let value, !value.isNull else { return "" }
        guard let text = value.text else {
            throw error("\(name) is \(value.kind) and cannot be part of a string; convert it with Fn::Join.")
        }
        return text
    }

    func text(_ value: TemplateValue) throws(TemplateError) -> String {
        guard let text = try resolver.resolve(value, at: path)?.text else { throw wrong("a string") }
        return text
    }

    private func pair(_ expected: String) throws(TemplateError) -> (TemplateValue, TemplateValue) {
        guard let list = call.argument.list, list.count == 2 else { throw wrong(expected) }
        return (list[0], list[1])
    }

    var tooLong: TemplateError {
        let owner = path.logicalID ?? "\(path)"
        let message =
            "\(call.name) in \(owner) makes a string of more than \(TextLimit.perResult) bytes, or all functions together "
            + "more than \(TextLimit.total)."
        return TemplateError(.limit, message, path: "\(path)", line: line)
    }

    func wrong(_ expected: String) -> TemplateError { error("\(call.name) takes \(expected).") }

    func error(_ message: String) -> TemplateError {
        TemplateError(.invalid, message, path: "\(path)", line: line)
    }
}
