public import FoundationEssentials

/// Reads a SAM or CloudFormation template, in YAML or JSON.
///
/// `init` parses; `application(_:)` resolves, as often as wanted and with other settings each time.
public struct TemplateReader: Sendable {
    /// What the template says to a local runtime about itself.
    public let localMetadata: LocalMetadata
    /// The names of the template's parameters, in its order.
    public let parameterNames: [String]
    private let root: TemplateValue

    public init(text: String) throws(TemplateError) {
        root = try TemplateSyntax.parse(text)
        let template = try Template(root)
        localMetadata = try LocalMetadata(template.metadata)
        parameterNames = template.parameters.names
    }

    public init(contentsOf file: URL) throws(TemplateError) {
        let text: String
        do {
            text = try String(contentsOf: file, encoding: .utf8)
        } catch {
            throw TemplateError(.malformed, "The template \(file.path) cannot be read: \(error)")
        }
        try self.init(text: text)
    }

    /// What the template describes, every parameter, function and global applied.
    ///
    /// An error is thrown for what a deployment would refuse too. What cannot be emulated is listed in
    /// `Application.unsupported`.
    public func application(_ settings: ResolutionSettings = .init()) throws(TemplateError) -> Application {
        let resolver = try Resolver(try Template(root), settings: settings)
        try ReferenceCheck(resolver).run()

        var application = Application()
        application.functions = try FunctionReader(resolver: resolver).functions()
        let functions = FunctionDirectory(application.functions)
        application.buckets = try BucketReader(resolver: resolver).buckets()
        application.queues = try QueueReader(resolver: resolver).queues()
        let destinations = DestinationDirectory(application.functions, application.queues)
        try TriggerReader(resolver: resolver, destinations: destinations).read(into: &application)
        application.webSocketAPIs = try WebSocketAPIReader(resolver: resolver, functions: functions).apis()
        application.httpAPIs = try HTTPAPIReader(resolver: resolver, functions: functions).apis()
        application.customResources =
            try CustomResourceReader(resolver: resolver, functions: functions).customResources()
        application.outputs = try outputs(resolver)
        try Coverage.noteWhatIsLeftOut(resolver)
        application.unsupported = resolver.notices
        return application
    }

    private func outputs(_ resolver: Resolver) throws(TemplateError) -> [String: String] {
        var outputs: [String: String] = [:]
        for output in resolver.template.outputs {
            let path = TemplatePath("Outputs", output.name)
            guard let fields = output.value.map, let value = fields["Value"] else {
                throw TemplateError(.invalid, "An output needs a Value.", path: "\(path)", line: output.value.line)
            }
            if let condition = fields["Condition"]?.text {
                guard try resolver.condition(condition, at: path, line: output.value.line) else { continue }
            }
            guard let resolved = try resolver.resolve(value, at: path / "Value") else { continue }
            outputs[output.name] = resolved.text ?? resolved.json
        }
        return outputs
    }
}
