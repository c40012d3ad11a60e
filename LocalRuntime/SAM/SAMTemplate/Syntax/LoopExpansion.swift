/// Expands `Fn::ForEach` in the resources, conditions, outputs and globals of a template.
///
/// docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
struct LoopExpansion {
    static let prefix = "Fn::ForEach"

    // CloudFormation's own limits for loops are lower; these bound time and memory.
    static let depthLimit = 5
    static let iterationLimit = 10_000
    static let valueLimit = 200_000
    /// Bytes of the strings that contain a loop's identifier.
    static let textLimit = 16_777_216

    /// An identifier and its value in the current iteration.
    private struct Binding {
        var identifier: String
        var value: String
    }

    private let resolver: Resolver
    private var bindings: [Binding] = []
    private var iterations = 0
    private var values = 0
    private var bytes = 0

    /// The template with its loops expanded.
    ///
    /// - Parameter makeResolver: Makes a resolver for the collections of the loops, which use parameters and mappings.
    static func template(
        _ root: TemplateValue,
        stack: String,
        _ makeResolver: (Template) throws(TemplateError) -> Resolver
    ) throws(TemplateError) -> Template {
        guard let loop = root.firstLoop(at: []) else { return try Template(root, stack: stack) }
        var unexpanded = try Template(root, stack: stack)
        guard unexpanded.transforms.contains("AWS::LanguageExtensions") else {
            let message = "\(loop.name) needs the transform AWS::LanguageExtensions, listed before AWS::Serverless."
            throw TemplateError(.unknownFunction, message, path: loop.path, line: loop.line)
        }
        unexpanded.resources = []
        var expansion = LoopExpansion(resolver: try makeResolver(unexpanded))
        return try Template(expansion.expanded(root), stack: stack)
    }

    private init(resolver: Resolver) { self.resolver = resolver }

    private mutating func expanded(_ root: TemplateValue) throws(TemplateError) -> TemplateValue {
        guard var sections = root.map else { return root }
        for name in ["Globals", "Conditions", "Resources", "Outputs"] {
            guard let section = sections[name] else { continue }
            let expanded = try self.expanded(section, at: TemplatePath(name))
            if name != "Globals", let fields = expanded.map { try checkNames(fields, of: name) }
            sections[name] = expanded
        }
        return TemplateValue(.map(sections), line: root.line)
    }

    private func checkNames(_ fields: Fields, of section: String) throws(TemplateError) {
        for field in fields
        where !field.name.hasPrefix("Fn::") && !field.name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) }) {
            let message =
                "\(field.name) is not a valid logical id, which has letters and digits only; in a loop, &{Identifier} "
                + "leaves out all other characters."
            throw TemplateError(.invalid, message, path: "\(section).\(field.name)", line: field.value.line)
        }
    }

    // MARK: Values

    private mutating func expanded(
        _ value: TemplateValue,
        at path: TemplatePath
    ) throws(TemplateError) -> TemplateValue {
        values += 1
        guard values <= Self.valueLimit else { throw tooMuch("\(Self.valueLimit) values", path, value.line) }
        switch value.content {
        case .null, .boolean, .number:
            return value
        case .string(let text):
            return .string(try substituted(text, path, value.line), line: value.line)
        case .list(let elements):
            var expanded: [TemplateValue] = []
            for (index, element) in elements.enumerated() {
                expanded.append(try self.expanded(element, at: path / index))
            }
            return TemplateValue(.list(expanded), line: value.line)
        case .map(let fields):
            return try self.expanded(fields, at: path, line: value.line)
        }
    }

    private mutating func expanded(
        _ fields: Fields,
        at path: TemplatePath,
        line: Int?
    ) throws(TemplateError) -> TemplateValue {
        if let name = fields.only, name.name == "Ref", let identifier = name.value.text,
            let binding = bindings.last(where: { $0.identifier == identifier })
        {
            return .string(binding.value, line: line)
        }
        var result = Fields()
        for field in fields {
            if field.name.hasPrefix(Self.prefix) {
                try expandLoop(field, at: path / field.name, into: &result)
            } else {
                let name = try substituted(field.name, path, field.value.line)
                try add(name, try expanded(field.value, at: path / name), to: &result, at: path)
            }
        }
        // A logical id cannot be a function call, so that a substitution which is complete becomes its text.
        if let only = result.only, only.name == "Fn::Sub", !bindings.isEmpty, let text = only.value.text,
            !text.contains("${")
        {
            return .string(text, line: line)
        }
        return TemplateValue(.map(result), line: line)
    }

    // MARK: Loops

    private mutating func expandLoop(
        _ loop: Fields.Field,
        at path: TemplatePath,
        into result: inout Fields
    ) throws(TemplateError) {
        guard let arguments = loop.value.list, arguments.count == 3, let identifier = arguments[0].text,
            let body = arguments[2].map, !identifier.isEmpty, loop.name.dropFirst(Self.prefix.count).hasPrefix("::")
        else {
            let message = "A loop is Fn::ForEach::{name} with an identifier, a collection and a map."
            throw TemplateError(.invalid, message, path: "\(path)", line: loop.value.line)
        }
        guard bindings.count < Self.depthLimit else {
            throw tooMuch("\(Self.depthLimit) loops inside each other", path, loop.value.line)
        }
        guard !bindings.contains(where: { $0.identifier == identifier }) else {
            let message = "An outer loop has the identifier \(identifier) too; choose another one."
            throw TemplateError(.conflict, message, path: "\(path)", line: loop.value.line)
        }
        for element in try collection(arguments[1], at: path / 1) {
            iterations += 1
            guard iterations <= Self.iterationLimit else {
                throw tooMuch("\(Self.iterationLimit) iterations", path, loop.value.line)
            }
            bindings.append(Binding(identifier: identifier, value: element))
            defer { bindings.removeLast() }
            let fields = try expanded(body, at: path / 2, line: arguments[2].line)
            for field in fields.map ?? Fields() { try add(field.name, field.value, to: &result, at: path) }
        }
    }

    /// A list whose elements are strings or lists of strings, or a function call that returns one.
    private mutating func collection(
        _ value: TemplateValue,
        at path: TemplatePath
    ) throws(TemplateError) -> [String] {
        let collection = try resolver.resolve(expanded(value, at: path), at: path)
        let elements = (collection?.list ?? []).flatMap { $0.list ?? [$0] }
        let texts = elements.compactMap(\.text)
        guard collection?.list != nil, texts.count == elements.count else {
            let message = "The collection of a loop is a list of strings."
            throw TemplateError(.invalid, message, path: "\(path)", line: value.line)
        }
        return texts
    }

    private func add(
        _ name: String,
        _ value: TemplateValue,
        to fields: inout Fields,
        at path: TemplatePath
    ) throws(TemplateError) {
        guard fields[name] == nil else {
            let message = "The loop creates \(name) twice; its keys have to contain the identifier."
            throw TemplateError(.conflict, message, path: "\(path)", line: value.line)
        }
        fields[name] = value
    }

    // MARK: Text

    /// `${Identifier}` stands for the value, `&{Identifier}` for its letters and digits. Values are not scanned again.
    private mutating func substituted(
        _ text: String,
        _ path: TemplatePath,
        _ line: Int?
    ) throws(TemplateError) -> String {
        guard !bindings.isEmpty, text.contains("{") else { return text }
        var result = ""
        var rest = text.utf8[...]
        while let brace = rest.firstIndex(of: UInt8(ascii: "{")) {
            let name = rest[rest.index(after: brace)...]
            let sign = rest[..<brace].last
            let isPlaceholder = sign == UInt8(ascii: "$") || sign == UInt8(ascii: "&")
            guard isPlaceholder, let binding = bindings.first(where: { name.starts(with: "\($0.identifier)}".utf8) })
            else {
                result += String(Substring(rest[..<name.startIndex]))
                rest = name
                continue
            }
            let before = rest[..<brace].dropLast()
            bytes += before.count + binding.value.utf8.count
            guard bytes <= Self.textLimit else { throw tooMuch("\(Self.textLimit) bytes of text", path, line) }
            result += String(Substring(before))
            result +=
                sign == UInt8(ascii: "$")
                ? binding.value : binding.value.filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
            rest = name.dropFirst(binding.identifier.utf8.count + 1)
        }
        return result + String(Substring(rest))
    }

    private func tooMuch(_ limit: String, _ path: TemplatePath, _ line: Int?) -> TemplateError {
        TemplateError(.limit, "The loops of the template create more than \(limit).", path: "\(path)", line: line)
    }
}

extension TemplateValue {
    /// The first field whose name begins a loop, in the sections that may contain loops.
    fileprivate func firstLoop(at path: [String]) -> (name: String, path: String, line: Int?)? {
        if let list {
            for (index, element) in list.enumerated() {
                if let loop = element.firstLoop(at: path + [String(index)]) { return loop }
            }
        }
        for field in map ?? Fields() {
            if path.isEmpty, !["Globals", "Conditions", "Resources", "Outputs"].contains(field.name) { continue }
            if field.name.hasPrefix(LoopExpansion.prefix) {
                return (field.name, path.joined(separator: "."), field.value.line ?? line)
            }
            if let loop = field.value.firstLoop(at: path + [field.name]) { return loop }
        }
        return nil
    }
}
