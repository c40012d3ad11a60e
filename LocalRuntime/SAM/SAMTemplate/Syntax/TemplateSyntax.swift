internal import Yams

/// Parses YAML, of which JSON is a subset, and converts short forms of functions to the long ones.
struct TemplateSyntax {
    /// Bounds the expansion of aliases: a few lines of nested aliases can exceed the memory.
    private static let valueLimit = 1_000_000
    private var valuesLeft = valueLimit

    static func parse(_ text: String) throws(TemplateError) -> TemplateValue {
        if let line = NestingDepth.lineBeyondLimit(in: text) {
            throw TemplateError(.limit, "Values are nested more than \(NestingDepth.limit) deep.", line: line)
        }
        let root: Node?
        do {
            // The basic resolver leaves scalars unchanged; `scalar(_:)` determines their type.
            root = try Yams.compose(yaml: text, .basic)
        } catch {
            throw malformed(error)
        }
        guard let root else { throw TemplateError(.malformed, "The template is empty.") }
        var syntax = TemplateSyntax()
        return try syntax.value(of: root)
    }

    private mutating func value(of node: Node) throws(TemplateError) -> TemplateValue {
        valuesLeft -= 1
        guard valuesLeft >= 0 else {
            throw TemplateError(
                .malformed,
                "With its aliases expanded, the template has more than \(Self.valueLimit) values.",
                line: node.mark?.line
            )
        }
        let plain: TemplateValue
        let tag: String
        switch node {
        case .scalar(let scalar):
            plain = Self.scalar(scalar)
            tag = scalar.tag.rawValue
        case .sequence(let sequence):
            var elements: [TemplateValue] = []
            for element in sequence { elements.append(try value(of: element)) }
            plain = TemplateValue(.list(elements), line: sequence.mark?.line)
            tag = sequence.tag.rawValue
        case .mapping(let mapping):
            plain = try self.mapping(mapping)
            tag = mapping.tag.rawValue
        case .alias(let alias):
            throw TemplateError(.malformed, "The YAML alias has no anchor.", line: alias.mark?.line)
        }
        guard tag.hasPrefix("!"), tag.count > 1 else { return plain }
        return Self.longForm(ofTag: tag, plain)
    }

    private mutating func mapping(_ mapping: Node.Mapping) throws(TemplateError) -> TemplateValue {
        var fields = Fields()
        for (key, element) in mapping {
            guard case .scalar(let name) = key else {
                throw TemplateError(.malformed, "A key must be a string.", line: key.mark?.line)
            }
            if name.string == "<<", name.style == .plain {
                try merge(element, into: &fields)
            } else {
                fields[name.string] = try value(of: element)
            }
        }
        return TemplateValue(.map(fields), line: mapping.mark?.line)
    }

    /// YAML's merge key. The map's own fields take precedence, regardless of the order.
    private mutating func merge(_ node: Node, into fields: inout Fields) throws(TemplateError) {
        let merged = try value(of: node)
        for source in merged.list ?? [merged] {
            guard let map = source.map else {
                throw TemplateError(.malformed, "Only maps can be merged with <<.", line: node.mark?.line)
            }
            for field in map where fields[field.name] == nil { fields[field.name] = field.value }
        }
    }

    private static func scalar(_ scalar: Node.Scalar) -> TemplateValue {
        let text = scalar.string
        let line = scalar.mark?.line
        guard scalar.style == .plain || scalar.style == .any, scalar.tag.rawValue != "tag:yaml.org,2002:str" else {
            return .string(text, line: line)
        }
        let read = YAMLScalar(text)
        var value = TemplateValue(read.content, line: line)
        if value.text != text { value.written = .init(text: text, isAssumption: read.isAssumption) }
        return value
    }

    /// `!Ref X` is `{Ref: X}`, `!Condition X` is `{Condition: X}`, and any other `!X y` is `{Fn::X: y}`.
    private static func longForm(ofTag tag: String, _ argument: TemplateValue) -> TemplateValue {
        let short = tag.dropFirst()
        let name = short == "Ref" || short == "Condition" ? String(short) : "Fn::\(short)"
        var argument = argument
        // A scalar with a tag is always a string: !Ref 1, !Sub true.
        if let text = argument.written?.text ?? argument.text { argument = .string(text, line: argument.line) }
        if argument.isNull { argument = .string("", line: argument.line) }
        return TemplateValue(.map(Fields([.init(name: name, value: argument)])), line: argument.line)
    }

    private static func malformed(_ error: any Error) -> TemplateError {
        guard let error = error as? YamlError else { return TemplateError(.malformed, "\(error)") }
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return TemplateError(.malformed, "The YAML cannot be read: \(problem).", line: mark.line)
        case .duplicatedKeysInMapping(let duplicates, let context):
            let keys = duplicates.joined(separator: ", ")
            return TemplateError(.malformed, "\(keys) occurs twice in the same map.", line: context.mark.line)
        default:
            return TemplateError(.malformed, "The template is neither YAML nor JSON: \(error).")
        }
    }
}
