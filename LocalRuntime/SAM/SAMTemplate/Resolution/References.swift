/// A reference to a parameter, resource, condition or mapping.
struct Reference {
    enum Target {
        /// A parameter, a pseudo parameter or a resource.
        case name(String)
        case resource(String)
        case condition(String)
        case mapping(String)
        case unknownFunction(String)

        /// The name of a parameter or a resource.
        var name: String? {
            switch self {
            case .name(let name), .resource(let name): name
            case .condition, .mapping, .unknownFunction: nil
            }
        }
    }

    var target: Target
    var path: TemplatePath
    var line: Int?
    /// The attribute of `Fn::GetAtt`.
    var attribute: String?

    /// `Name` or `Name.Attribute`, for messages; nil for a reference to a condition, a mapping or a function.
    var label: String? { target.name.map { name in attribute.map { "\(name).\($0)" } ?? name } }
}

extension TemplateValue {
    /// Every reference in the value, in the order of the template.
    ///
    /// - Parameter holds: Evaluates a condition to choose a branch of `Fn::If`; nil includes both branches.
    func references(
        at path: TemplatePath,
        holds: ((String) throws(TemplateError) -> Bool)? = nil
    ) throws(TemplateError) -> [Reference] {
        if let list {
            var found: [Reference] = []
            for (index, element) in list.enumerated() {
                found += try element.references(at: path / index, holds: holds)
            }
            return found
        }
        guard let map else { return [] }
        if let call = IntrinsicCall(self) { return try references(of: call, at: path, holds: holds) }
        var found: [Reference] = []
        for field in map {
            if field.name.hasPrefix("Fn::") {
                found.append(Reference(target: .unknownFunction(field.name), path: path, line: line))
            }
            found += try field.value.references(at: path / field.name, holds: holds)
        }
        return found
    }

    private func references(
        of call: IntrinsicCall,
        at path: TemplatePath,
        holds: ((String) throws(TemplateError) -> Bool)?
    ) throws(TemplateError) -> [Reference] {
        func reference(_ target: Reference.Target, _ attribute: String? = nil) -> Reference {
            Reference(target: target, path: path, line: line, attribute: attribute)
        }

        var found: [Reference] = []
        switch call.function {
        case nil:
            found.append(reference(.unknownFunction(call.name)))
        case .ref:
            if let name = call.argument.text { found.append(reference(.name(name))) }
            return found
        case .getAttribute:
            let parts = call.argument.text?.split(separator: ".", maxSplits: 1).map(String.init)
            let pair = parts ?? call.argument.list?.prefix(2).map { $0.text ?? "" } ?? []
            if let name = pair.first { found.append(reference(.resource(name), pair.last)) }
        case .substitute:
            let text = call.argument.text ?? call.argument.list?.first?.text ?? ""
            let variables = call.argument.list?.dropFirst().first?.map ?? Fields()
            // Evaluation reports a malformed string.
            for piece in (try? Substitution(text))?.pieces ?? [] {
                switch piece {
                case .text: break
                case .reference(let name) where variables[name] == nil: found.append(reference(.name(name)))
                case .attribute(let name, let attribute) where variables["\(name).\(attribute)"] == nil:
                    found.append(reference(.resource(name), attribute))
                default: break
                }
            }
        case .findInMap:
            if let name = call.argument.list?.first?.text { found.append(reference(.mapping(name))) }
        case .ifCondition:
            guard let list = call.argument.list, list.count == 3, let name = list[0].text else { return found }
            found.append(reference(.condition(name)))
            guard let holds else { break }
            return try found + list[holds(name) ? 1 : 2].references(at: path, holds: holds)
        default:
            break
        }
        return try found + call.argument.references(at: path, holds: holds)
    }
}
