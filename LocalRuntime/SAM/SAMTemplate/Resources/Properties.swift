/// The properties of a resource, or a map in them, which are resolved when they are read.
struct Properties {
    let resolver: Resolver
    let resource: Resource
    let path: TemplatePath
    private let fields: Fields
    private let line: Int?

    init(of resource: Resource, resolver: Resolver) {
        self.init(resource.properties, resolver: resolver, resource: resource, path: resource.path / "Properties")
    }

    init(_ fields: Fields, resolver: Resolver, resource: Resource, path: TemplatePath, line: Int? = nil) {
        self.fields = fields
        self.resolver = resolver
        self.resource = resource
        self.path = path
        self.line = line ?? resource.line
    }

    var names: [String] { fields.names }

    /// The resolved property; nil if it is absent or `AWS::NoValue`.
    func value(_ name: String) throws(TemplateError) -> TemplateValue? {
        guard let value = fields[name], let resolved = try resolver.resolve(value, at: path / name) else { return nil }
        return resolved.isNull ? nil : resolved
    }

    /// Whether the template has the property without a value, or with `null`.
    func isNull(_ name: String) -> Bool { fields[name]?.isNull == true }

    func string(_ name: String) throws(TemplateError) -> String? {
        guard let value = try value(name) else { return nil }
        guard let text = value.text else { throw wrong(name, "a string", value) }
        return resolver.localized(text)
    }

    func requiredString(_ name: String) throws(TemplateError) -> String {
        guard let string = try string(name), !string.isEmpty else {
            throw try missingValue(of: name)
        }
        return string
    }

    private func missingValue(of name: String) throws(TemplateError) -> TemplateError {
        let references = try fields[name]?.references(at: path / name).compactMap(\.label) ?? []
        guard !references.isEmpty else { return error("\(resource.logicalID) needs the property \(name).") }
        let message =
            "\(resource.logicalID) needs the property \(name), which has no value here: it refers to "
            + "\(references.joined(separator: ", "))."
        return error(message, at: name)
    }

    func integer(_ name: String, in range: ClosedRange<Int> = .min ... .max) throws(TemplateError) -> Int? {
        guard let value = try value(name) else { return nil }
        guard let integer = value.text.flatMap({ Int($0) }) else { throw wrong(name, "a whole number", value) }
        guard range.contains(integer) else {
            let message = "\(name) is \(integer) and must be between \(range.lowerBound) and \(range.upperBound)."
            throw TemplateError(.invalid, message, path: "\(path / name)", line: value.line)
        }
        return integer
    }

    func number(_ name: String) throws(TemplateError) -> Double? {
        guard let value = try value(name) else { return nil }
        guard let number = value.text.flatMap({ Double($0) }) else { throw wrong(name, "a number", value) }
        return number
    }

    func boolean(_ name: String) throws(TemplateError) -> Bool {
        guard let value = try value(name) else { return false }
        switch value.text?.lowercased() {
        case "true": return true
        case "false": return false
        default: throw wrong(name, "true or false", value)
        }
    }

    /// A list of strings, or a single string as a list of one. Empty strings are omitted.
    func strings(_ name: String) throws(TemplateError) -> [String] {
        guard let value = try value(name) else { return [] }
        var strings: [String] = []
        for element in value.list ?? [value] {
            guard let text = element.text else { throw wrong(name, "a list of strings", element) }
            if !text.isEmpty { strings.append(resolver.localized(text)) }
        }
        return strings
    }

    /// A map whose values are scalars.
    func stringMap(_ name: String) throws(TemplateError) -> [String: String] {
        guard let nested = try map(name) else { return [:] }
        var strings: [String: String] = [:]
        for name in nested.names { strings[name] = try nested.string(name) }
        return strings
    }

    func map(_ name: String) throws(TemplateError) -> Properties? {
        guard var value = fields[name] else { return nil }
        // Resolves a function call that returns the map; fields are resolved when they are read.
        if IntrinsicCall(value) != nil {
            guard let resolved = try resolver.resolve(value, at: path / name) else { return nil }
            value = resolved
        }
        guard !value.isNull else { return nil }
        guard let map = value.map else { throw wrong(name, "a map", value) }
        return Properties(map, resolver: resolver, resource: resource, path: path / name, line: value.line)
    }

    /// A list of maps, or a single map as a list of one.
    func maps(_ name: String) throws(TemplateError) -> [Properties] {
        guard let value = try value(name) else { return [] }
        var maps: [Properties] = []
        for (index, element) in (value.list ?? [value]).enumerated() {
            guard let map = element.map else { throw wrong(name, "a list of maps", element) }
            let place = value.list == nil ? path / name : path / name / index
            maps.append(Properties(map, resolver: resolver, resource: resource, path: place, line: element.line))
        }
        return maps
    }

    /// Notes that something about the resource is not emulated.
    func note(_ detail: String) { resolver.note(resource, detail) }

    /// Notes those of these properties that are set, each with the consequence of not emulating it.
    func note(_ unsupported: [(name: String, consequence: String)]) {
        for property in unsupported where fields[property.name] != nil {
            resolver.note(resource, "\((path / property.name).insideProperties): \(property.consequence)")
        }
    }

    func error(_ message: String, at name: String? = nil) -> TemplateError {
        let place = name.map { path / $0 } ?? path
        return TemplateError(.invalid, message, path: "\(place)", line: name.flatMap { fields[$0]?.line } ?? line)
    }

    func missing(_ message: String, at name: String) -> TemplateError {
        TemplateError(.missingReference, message, path: "\(path / name)", line: fields[name]?.line ?? line)
    }

    private func wrong(_ name: String, _ expected: String, _ value: TemplateValue) -> TemplateError {
        let message = "\(name) is \(expected), not \(value.kind)."
        return TemplateError(.invalid, message, path: "\(path / name)", line: value.line ?? line)
    }
}
