internal import FoundationEssentials

/// Evaluates the functions in a template's values, in the light of its parameters, conditions and resources.
///
/// Values are resolved when a resource is read and not before, so that a property which nobody reads may use what is
/// not emulated.
final class Resolver {
    let template: Template
    let settings: ResolutionSettings
    private let parameters: [String: TemplateValue]
    let resources: [String: Resource]
    private(set) var notices: [Application.Unsupported] = []
    private var conditions: [String: Bool] = [:]
    private var conditionsUnderway: [String] = []
    private var namesUnderway: [String] = []
    private var apis: [APIAddress] = []

    init(_ template: Template, settings: ResolutionSettings) throws(TemplateError) {
        self.template = template
        self.settings = settings
        let values = try ParameterValues(template.parameters, overrides: settings.parameters)
        self.parameters = values.values
        self.resources = Dictionary(template.resources.map { ($0.logicalID, $0) }) { first, _ in first }
        for parameter in values.unresolved {
            let detail =
                "Systems Manager is not asked: the parameter's default stands as it is. Pass \(parameter.name)=VALUE."
            note(logicalID: parameter.name, type: parameter.type, detail)
        }
        self.apis = try APIAddress.all(in: self)
    }

    /// Resources whose condition holds.
    func deployedResources() throws(TemplateError) -> [Resource] {
        var deployed: [Resource] = []
        for resource in template.resources where try isDeployed(resource) { deployed.append(resource) }
        return deployed
    }

    func isDeployed(_ resource: Resource) throws(TemplateError) -> Bool {
        guard let condition = resource.condition else { return true }
        return try self.condition(condition, at: resource.path / "Condition", line: resource.line)
    }

    // MARK: Notices

    func note(logicalID: String, type: String, _ detail: String?) {
        let notice = Application.Unsupported(logicalID: logicalID, type: type, detail: detail)
        if !notices.contains(notice) { notices.append(notice) }
    }

    func note(_ resource: Resource, _ detail: String? = nil) {
        note(logicalID: resource.logicalID, type: resource.type, detail)
    }

    private func note(at path: TemplatePath, function: String, _ detail: String) {
        let logicalID = path.logicalID ?? "\(path)"
        note(logicalID: logicalID, type: resources[logicalID]?.type ?? function, "\(path): \(detail)")
    }

    // MARK: Values

    /// The value without functions; nil for `AWS::NoValue`.
    func resolve(_ value: TemplateValue, at path: TemplatePath) throws(TemplateError) -> TemplateValue? {
        if let call = IntrinsicCall(value) { return try evaluate(call, at: path, line: value.line) }
        switch value.content {
        case .null, .boolean, .number:
            return value
        case .string(let text):
            if text.contains("{{resolve:") {
                note(at: path, function: "dynamic reference", "the dynamic reference is passed on as it is written.")
            }
            return .string(localized(text), line: value.line)
        case .list(let elements):
            var resolved: [TemplateValue] = []
            for (index, element) in elements.enumerated() {
                if let element = try resolve(element, at: path / index) { resolved.append(element) }
            }
            return TemplateValue(.list(resolved), line: value.line)
        case .map(let fields):
            var resolved = Fields()
            for field in fields { resolved[field.name] = try resolve(field.value, at: path / field.name) }
            return TemplateValue(.map(resolved), line: value.line)
        }
    }

    /// Replaces API Gateway's host names by where the template's APIs are here.
    func localized(_ text: String) -> String {
        guard text.contains(".execute-api.") else { return text }
        return apis.reduce(text) { $1.localizing($0) }
    }

    private func evaluate(
        _ call: IntrinsicCall,
        at path: TemplatePath,
        line: Int?
    ) throws(TemplateError) -> TemplateValue? {
        guard let function = call.function else {
            let message = "\(call.name) is no function of CloudFormation's that can be evaluated here."
            throw TemplateError(.unknownFunction, message, path: "\(path)", line: line)
        }
        let arguments = Arguments(resolver: self, call: call, path: path, line: line)
        switch function {
        case .ref:
            return try reference(to: arguments.name(), at: path, line: line)
        case .getAttribute:
            let (logicalID, attribute) = try arguments.attribute()
            return .string(localized(try self.attribute(attribute, of: logicalID, at: path, line: line)), line: line)
        case .substitute:
            return .string(localized(try substitute(arguments)), line: line)
        case .join:
            let (separator, elements) = try arguments.join()
            return .string(localized(elements.joined(separator: separator)), line: line)
        case .split:
            let (separator, text) = try arguments.split()
            let parts = text.components(separatedBy: separator)
            return TemplateValue(.list(parts.map { .string($0, line: line) }), line: line)
        case .select:
            return try arguments.selected()
        case .findInMap:
            return try arguments.mapped(template.mappings)
        case .base64:
            return .string(Data(try arguments.text().utf8).base64EncodedString(), line: line)
        case .availabilityZones:
            let region = try arguments.region()
            let zones = ["a", "b", "c"].map { TemplateValue.string(region + $0, line: line) }
            return TemplateValue(.list(zones), line: line)
        case .length:
            return TemplateValue(.number(String(try arguments.elements().count)), line: line)
        case .jsonString:
            return .string(try arguments.resolved().json, line: line)
        case .ifCondition:
            let (condition, whenTrue, whenFalse) = try arguments.branches()
            let branch = try self.condition(condition, at: path, line: line) ? whenTrue : whenFalse
            return try resolve(branch, at: path)
        case .equals, .and, .or, .not:
            return TemplateValue(.boolean(try holds(call, at: path, line: line)), line: line)
        case .importValue:
            let name = try arguments.text()
            note(at: path, function: call.name, "exports of other stacks are not known here; “\(name)” stands for it.")
            return .string(name, line: line)
        case .cidr, .transform:
            note(at: path, function: call.name, "\(call.name) is not evaluated, and the value is left out.")
            return nil
        }
    }

    private func substitute(_ arguments: Arguments) throws(TemplateError) -> String {
        let (text, variables) = try arguments.substitution()
        let substitution: Substitution
        do {
            substitution = try Substitution(text)
        } catch {
            throw TemplateError(error.code, error.message, path: "\(arguments.path)", line: arguments.line)
        }
        var result = ""
        for piece in substitution.pieces {
            switch piece {
            case .text(let text):
                result += text
            case .reference(let name):
                var value = variables[name]
                if value == nil { value = try reference(to: name, at: arguments.path, line: arguments.line) }
                result += try arguments.string(value, named: name)
            case .attribute(let logicalID, let attribute):
                if let value = variables["\(logicalID).\(attribute)"] {
                    result += try arguments.string(value, named: "\(logicalID).\(attribute)")
                } else {
                    result += try self.attribute(attribute, of: logicalID, at: arguments.path, line: arguments.line)
                }
            }
        }
        return result
    }

    // MARK: Conditions

    func condition(_ name: String, at path: TemplatePath, line: Int?) throws(TemplateError) -> Bool {
        if let known = conditions[name] { return known }
        guard let declaration = template.conditions[name] else {
            let message = "There is no condition \(name) under Conditions."
            throw TemplateError(.missingReference, message, path: "\(path)", line: line)
        }
        guard !conditionsUnderway.contains(name) else {
            let circle = (conditionsUnderway + [name]).joined(separator: " → ")
            throw TemplateError(
                .circularReference,
                "Conditions wait for each other: \(circle).",
                path: "\(path)",
                line: line
            )
        }
        conditionsUnderway.append(name)
        defer { conditionsUnderway.removeLast() }
        let result = try holds(declaration, at: TemplatePath("Conditions", name))
        conditions[name] = result
        return result
    }

    private func holds(_ value: TemplateValue, at path: TemplatePath) throws(TemplateError) -> Bool {
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

    private func holds(_ call: IntrinsicCall, at path: TemplatePath, line: Int?) throws(TemplateError) -> Bool {
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
            // "1" and 1 are equal to CloudFormation.
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

    // MARK: References

    private func reference(to name: String, at path: TemplatePath, line: Int?) throws(TemplateError) -> TemplateValue? {
        switch name {
        case "AWS::NoValue": return nil
        case "AWS::AccountId": return .string(settings.accountID, line: line)
        case "AWS::NotificationARNs": return TemplateValue(.list([]), line: line)
        case "AWS::Partition": return .string(settings.partition, line: line)
        case "AWS::Region": return .string(settings.region, line: line)
        case "AWS::StackId": return .string(settings.stackID, line: line)
        case "AWS::StackName": return .string(settings.stackName, line: line)
        case "AWS::URLSuffix": return .string(settings.urlSuffix, line: line)
        default: break
        }
        if let parameter = parameters[name] { return parameter }
        let resource = try self.resource(name, at: path, line: line)
        return .string(try PhysicalResource(resource, resolver: self).reference(), line: line)
    }

    private func attribute(
        _ attribute: String,
        of logicalID: String,
        at path: TemplatePath,
        line: Int?
    ) throws(TemplateError) -> String {
        let resource = try self.resource(logicalID, at: path, line: line)
        return try PhysicalResource(resource, resolver: self).attribute(attribute, at: path, line: line)
    }

    /// The resource of that name, or one that SAM makes under such a name.
    private func resource(_ name: String, at path: TemplatePath, line: Int?) throws(TemplateError) -> Resource {
        if let resource = resources[name] {
            guard try isDeployed(resource) else {
                let message = "\(name) does not exist, because its condition \(resource.condition ?? "") does not hold."
                throw TemplateError(.missingReference, message, path: "\(path)", line: line)
            }
            return resource
        }
        if let generated = GeneratedResource.named(name, in: template) { return generated }
        throw TemplateError(.missingReference, ReferenceCheck.message(forMissing: name), path: "\(path)", line: line)
    }

    /// Resolves a property that a resource's name depends on; names that need each other are an error.
    func name(_ property: String, of resource: Resource) throws(TemplateError) -> String? {
        guard let value = resource.properties[property] else { return nil }
        let path = resource.path / "Properties" / property
        guard !namesUnderway.contains(resource.logicalID) else {
            let circle = (namesUnderway + [resource.logicalID]).joined(separator: " → ")
            throw TemplateError(
                .circularReference,
                "Names wait for each other: \(circle).",
                path: "\(path)",
                line: value.line
            )
        }
        namesUnderway.append(resource.logicalID)
        defer { namesUnderway.removeLast() }
        return try resolve(value, at: path)?.text
    }
}
