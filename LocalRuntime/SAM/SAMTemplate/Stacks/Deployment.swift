/// Bounds the strings that functions make, in bytes: a short template could make them grow exponentially.
enum TextLimit {
    static let perResult = 1_048_576
    /// The results of all evaluations of a deployment. A value is evaluated each time it is read.
    static let total = 67_108_864
}

/// The outermost stack and the stacks nested in it.
final class Deployment {
    /// A template may nest another one several times, so that the number of stacks can grow exponentially with depth.
    static let stackLimit = 100
    static let depthLimit = 10

    /// In the order of creation, the outermost stack first.
    private(set) var stacks: [Resolver] = []
    /// Addresses of the APIs of all stacks.
    private(set) var apis: [APIAddress] = []
    private let settings: ResolutionSettings
    /// Nil for a nested stack whose template is not a local file.
    private var nested: [String: Resolver?] = [:]
    private var inProgress: Set<String> = []
    private var textBytes = 0

    /// Resolves the outermost template and every template nested in it.
    init(_ file: TemplateFile, settings: ResolutionSettings) throws(TemplateError) {
        self.settings = settings
        try createStack(file, named: "", parameters: settings.parameters)
        var next = 0
        while next < stacks.count {
            let stack = stacks[next]
            next += 1
            try stack.locating { () throws(TemplateError) in
                for resource in try stack.deployedResources() where resource.isNestedStack {
                    _ = try nestedStack(resource, in: stack)
                }
            }
        }
    }

    /// The stack that an `AWS::CloudFormation::Stack` or `AWS::Serverless::Application` creates; nil, and noted, if its
    /// template is not a local file.
    func nestedStack(_ resource: Resource, in parent: Resolver) throws(TemplateError) -> Resolver? {
        if let known = nested[resource.qualifiedID] { return known }
        guard inProgress.insert(resource.qualifiedID).inserted else {
            let message = "The parameters of the nested stack \(resource.logicalID) depend on its own outputs."
            throw TemplateError(.circularReference, message, path: "\(resource.path)", line: resource.line)
        }
        defer { inProgress.remove(resource.qualifiedID) }
        let stack = try NestedStackReader(resolver: parent).declaration(of: resource).map {
            (declaration) throws(TemplateError) in
            try checkLimits(resource, declaration)
            return try createStack(
                declaration.file,
                named: resource.qualifiedID,
                parameters: declaration.parameters
            )
        }
        nested[resource.qualifiedID] = .some(stack)
        return stack
    }

    /// Counts the string that a function made; false if the total exceeds the limit.
    func admitsText(bytes: Int) -> Bool {
        textBytes += bytes
        return textBytes <= TextLimit.total
    }

    @discardableResult
    private func createStack(
        _ file: TemplateFile,
        named name: String,
        parameters: [String: String]
    ) throws(TemplateError) -> Resolver {
        var settings = settings
        settings.parameters = parameters
        if !name.isEmpty { settings.stackName += "-" + name.replacing(".", with: "-") }
        do throws(TemplateError) {
            let template = try LoopExpansion.template(file.root, stack: name) { (unexpanded) throws(TemplateError) in
                try Resolver(unexpanded, file: file, settings: settings, deployment: self)
            }
            try TemplateLimits.checkCounts(of: template)
            let stack = try Resolver(template, file: file, settings: settings, deployment: self)
            stack.noteUnresolvedParameters()
            stacks.append(stack)
            apis += try APIAddress.all(in: stack, after: apis)
            try ReferenceCheck(stack).run()
            return stack
        } catch {
            throw error.located(in: file.path, stack: name)
        }
    }

    private func checkLimits(
        _ resource: Resource,
        _ declaration: NestedStackReader.Declaration
    ) throws(TemplateError) {
        guard declaration.file.parents.count <= Self.depthLimit, stacks.count < Self.stackLimit else {
            let message =
                "There are more than \(Self.stackLimit) stacks, or they are nested more than \(Self.depthLimit) deep."
            throw TemplateError(.limit, message, path: "\(resource.path)", line: resource.line)
        }
    }
}

extension TemplateError {
    /// The error with the file and the nested stack in which it occurred, unless it names them already.
    func located(in file: String?, stack: String) -> TemplateError {
        var error = self
        if error.file == nil, let file {
            error.file = stack.isEmpty ? file : "\(file) (nested stack \(stack))"
        }
        return error
    }
}
