extension Resolver {
    func condition(_ name: String, at path: TemplatePath, line: Int?) throws(TemplateError) -> Bool {
        if let known = conditions[name] { return known }
        guard let declaration = template.conditions[name] else {
            let message = "There is no condition \(name) under Conditions."
            throw TemplateError(.missingReference, message, path: "\(path)", line: line)
        }
        guard !conditionsInProgress.contains(name) else {
            let cycle = (conditionsInProgress + [name]).joined(separator: " → ")
            throw TemplateError(
                .circularReference,
                "Conditions depend on each other: \(cycle).",
                path: "\(path)",
                line: line
            )
        }
        conditionsInProgress.append(name)
        defer { conditionsInProgress.removeLast() }
        let result = try holds(declaration, at: TemplatePath("Conditions", name))
        conditions[name] = result
        return result
    }

    func holds(_ value: TemplateValue, at path: TemplatePath) throws(TemplateError) -> Bool {
        if let field = value.map?.only, field.name == "Condition", let name = field.value.text {
            return try condition(name, at: path, line: value.line)
        }
        if let call = IntrinsicCall(value), [.equals, .and, .or, .not].contains(call.function) {
            return try holds(call, at: path, line: value.line)
        }
        switch try resolve(value, at: path)?.text {
        case "true": return true
        case "false": return false
        default:
            let message = "A condition is one of Fn::Equals, Fn::And, Fn::Or, Fn::Not and Condition."
            throw TemplateError(.invalid, message, path: "\(path)", line: value.line)
        }
    }

    func holds(_ call: IntrinsicCall, at path: TemplatePath, line: Int?) throws(TemplateError) -> Bool {
        let operands = call.argument.list ?? [call.argument]
        let expected = call.function == .equals ? 2...2 : call.function == .not ? 1...1 : 2...10
        guard expected.contains(operands.count) else {
            let message =
                "\(call.name) takes \(expected.lowerBound == 1 ? "one operand" : "two operands\(expected.upperBound > 2 ? " or more" : "")")."
            throw TemplateError(.invalid, message, path: "\(path)", line: line)
        }
        switch call.function {
        case .equals:
            let left = try resolve(operands[0], at: path / 0)
            let right = try resolve(operands[1], at: path / 1)
            // CloudFormation treats "1" and 1 as equal.
            return left?.withScalarsAsStrings.json == right?.withScalarsAsStrings.json
        case .not:
            return try !holds(operands[0], at: path / 0)
        case .and:
            for (index, operand) in operands.enumerated() where try !holds(operand, at: path / index) { return false }
            return true
        default:
            for (index, operand) in operands.enumerated() where try holds(operand, at: path / index) { return true }
            return false
        }
    }
}
