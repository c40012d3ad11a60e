internal import Yams

/// Turns YAML or JSON text (which is YAML too) into values, and the short forms of functions into the long ones.
struct TemplateSyntax {
    /// Far more than any template holds. An alias stands for all that its anchor holds, so a few lines can mean more
    /// values than fit into memory.
    private static let valueLimit = 1_000_000
    private var valuesLeft = valueLimit

    static func parse(_ text: String) throws(TemplateError) -> TemplateValue {
        let root: Node?
        do {
            // The basic resolver leaves scalars alone; `scalar(_:)` knows the few types that matter.
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
                "With its aliases the template holds more than \(Self.valueLimit) values.",
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

    /// YAML's merge key: what the map has itself comes first, whatever the order.
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
        switch text {
        case "", "~", "null", "Null", "NULL":
            return TemplateValue(.null, line: line)
        case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON":
            return TemplateValue(.boolean(true), line: line)
        case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF":
            return TemplateValue(.boolean(false), line: line)
        default:
            let isNumber = text.first.map { $0.isNumber || "+-.".contains($0) } == true && Double(text) != nil
            return TemplateValue(isNumber ? .number(text) : .string(text), line: line)
        }
    }

    /// `!Ref X` is `{Ref: X}`, `!Condition X` is `{Condition: X}`, and any other `!X y` is `{Fn::X: y}`.
    private static func longForm(ofTag tag: String, _ argument: TemplateValue) -> TemplateValue {
        let short = tag.dropFirst()
        let name = short == "Ref" || short == "Condition" ? String(short) : "Fn::\(short)"
        var argument = argument
        // A scalar behind a tag is a string whatever it looks like: !Ref 1, !Sub true.
        if let text = argument.text { argument = .string(text, line: argument.line) }
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
            return TemplateError(.malformed, "\(keys) stands twice in one map; keep one.", line: context.mark.line)
        default:
            return TemplateError(.malformed, "The template is no YAML and no JSON: \(error).")
        }
    }
}
