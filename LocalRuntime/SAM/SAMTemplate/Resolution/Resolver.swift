internal import FoundationEssentials

/// Evaluates the intrinsic functions in the values of one stack's template.
///
/// A value is resolved when it is read, so that properties which are not emulated may contain anything.
final class Resolver {
    let template: Template
    let file: TemplateFile
    let settings: ResolutionSettings
    /// The deployment owns its resolvers.
    unowned let deployment: Deployment
    let resources: [String: Resource]
    let parameters: ParameterValues
    private(set) var notices: [Application.Unsupported] = []
    var conditions: [String: Bool] = [:]
    var conditionsInProgress: [String] = []
    var namesInProgress: [String] = []

    init(
        _ template: Template,
        file: TemplateFile,
        settings: ResolutionSettings,
        deployment: Deployment
    ) throws(TemplateError) {
        self.template = template
        self.file = file
        self.settings = settings
        self.deployment = deployment
        self.parameters = try ParameterValues(template.parameters, overrides: settings.parameters)
        self.resources = Dictionary(template.resources.map { ($0.logicalID, $0) }) { first, _ in first }
    }

    /// Adds the file and the nested stack to errors of `body`.
    func locating<Result>(_ body: () throws(TemplateError) -> Result) throws(TemplateError) -> Result {
        do throws(TemplateError) {
            return try body()
        } catch {
            throw error.located(in: file.path, stack: template.stack)
        }
    }

    /// The stack's resource with that qualified id.
    func resource(qualifiedID: String) -> Resource? {
        let prefix = template.stack.isEmpty ? "" : "\(template.stack)."
        guard qualifiedID.hasPrefix(prefix) else { return nil }
        return resources[String(qualifiedID.dropFirst(prefix.count))]
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

    func noteUnresolvedParameters() {
        for parameter in parameters.unresolved {
            let detail =
                "Systems Manager is not emulated: the value is the parameter's default. Pass \(parameter.name)=VALUE."
            note(logicalID: parameter.name, type: parameter.type, detail)
        }
    }

    func note(at path: TemplatePath, function: String, _ detail: String) {
        let logicalID = path.logicalID ?? "\(path)"
        note(logicalID: logicalID, type: resources[logicalID]?.type ?? function, "\(path): \(detail)")
    }

    // MARK: Values

    /// The value with function calls evaluated; nil for `AWS::NoValue`.
    func resolve(_ value: TemplateValue, at path: TemplatePath) throws(TemplateError) -> TemplateValue? {
        if let call = IntrinsicCall(value) { return try evaluate(call, at: path, line: value.line) }
        switch value.content {
        case .null, .boolean, .number:
            return value
        case .string(let text):
            if text.contains("{{resolve:") {
                note(
                    at: path,
                    function: "dynamic reference",
                    "the dynamic reference is not resolved and stays in the value."
                )
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

    /// Replaces the AWS host names of the deployment's APIs by their local addresses.
    func localized(_ text: String) -> String {
        guard text.contains(".execute-api.") else { return text }
        return deployment.apis.reduce(text) { $1.localizing($0) }
    }

    private func evaluate(
        _ call: IntrinsicCall,
        at path: TemplatePath,
        line: Int?
    ) throws(TemplateError) -> TemplateValue? {
        guard let function = call.function else {
            let message = "\(call.name) is not a CloudFormation function."
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
            return try text(localized(try substitute(arguments)), of: arguments)
        case .join:
            return try text(localized(try join(arguments)), of: arguments)
        case .split:
            let (separator, text) = try arguments.split()
            let parts = text.components(separatedBy: separator)
            return TemplateValue(.list(parts.map { .string($0, line: line) }), line: line)
        case .select:
            return try arguments.selected()
        case .findInMap:
            return try arguments.mapped(template.mappings)
        case .base64:
            return try text(Data(try arguments.text().utf8).base64EncodedString(), of: arguments)
        case .availabilityZones:
            let region = try arguments.region()
            let zones = ["a", "b", "c"].map { TemplateValue.string(region + $0, line: line) }
            return TemplateValue(.list(zones), line: line)
        case .length:
            return TemplateValue(.number(String(try arguments.elements().count)), line: line)
        case .jsonString:
            return try text(try arguments.resolved().json, of: arguments)
        case .ifCondition:
            let (condition, whenTrue, whenFalse) = try arguments.branches()
            let branch = try self.condition(condition, at: path, line: line) ? whenTrue : whenFalse
            return try resolve(branch, at: path)
        case .equals, .and, .or, .not:
            return TemplateValue(.boolean(try holds(call, at: path, line: line)), line: line)
        case .importValue:
            let name = try arguments.text()
            note(at: path, function: call.name, "exports of other stacks are not available; the value is “\(name)”.")
            return .string(name, line: line)
        case .cidr:
            if let blocks = try arguments.addressBlocks() {
                return TemplateValue(.list(blocks.map { .string($0, line: line) }), line: line)
            }
            note(at: path, function: call.name, "the address block has no value here, and the value is left out.")
            return nil
        case .transform:
            noteTransform(call.argument, at: path)
            return nil
        }
    }

    /// The result of a function, which counts towards the limits of the deployment.
    private func text(_ result: String, of arguments: Arguments) throws(TemplateError) -> TemplateValue {
        guard result.utf8.count <= TextLimit.perResult, deployment.admitsText(bytes: result.utf8.count) else {
            throw arguments.tooLong
        }
        return .string(result, line: arguments.line)
    }

    private func join(_ arguments: Arguments) throws(TemplateError) -> String {
        let (separator, elements) = try arguments.join()
        let count = elements.reduce(0) { $0 + $1.utf8.count } + separator.utf8.count * max(0, elements.count - 1)
        guard count <= TextLimit.perResult else { throw arguments.tooLong }
        return elements.joined(separator: separator)
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
            guard result.utf8.count <= TextLimit.perResult else { throw arguments.tooLong }
        }
        return result
    }
}
