/// Reads `AWS::Serverless::Function` and `AWS::Lambda::Function`.
///
/// docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html
struct FunctionReader {
    let resolver: Resolver

    func read(into functions: inout [FunctionResource]) throws(TemplateError) {
        for resource in try resolver.deployedResources() where resource.isFunction {
            let function = try self.function(resource)
            if let other = functions.first(where: { $0.name == function.name }) {
                let message =
                    "\(other.logicalID) and \(function.logicalID) have the same name, \(function.name); "
                    + "set a different FunctionName."
                let path = resource.path / "Properties" / "FunctionName"
                throw TemplateError(.conflict, message, path: "\(path)", line: resource.line)
            }
            functions.append(function)
        }
    }

    private func function(_ resource: Resource) throws(TemplateError) -> FunctionResource {
        let properties = Properties(of: resource, resolver: resolver)
        let physical = PhysicalResource(resource, resolver: resolver)
        let isImage = try properties.string("PackageType") == "Image"
        var function = FunctionResource(
            logicalID: resource.qualifiedID,
            name: try physical.reference(),
            arn: try physical.attribute("Arn", at: properties.path, line: resource.line),
            handler: isImage ? "" : try properties.requiredString("Handler"),
            runtime: isImage ? "" : try properties.requiredString("Runtime")
        )
        function.codeURI = try codeURI(properties)
        function.codeProblem =
            isImage ? "PackageType is Image, and container images are not run" : try Self.inlineCode(properties)
        function.environment = try properties.environmentVariables()
        function.timeout = try properties.integer("Timeout", in: 1...900) ?? function.timeout
        function.memorySize = try properties.integer("MemorySize", in: 128...10_240) ?? function.memorySize
        function.reservedConcurrency = try properties.integer("ReservedConcurrentExecutions", in: 0...100_000)
        if isImage {
            resolver.note(resource, "PackageType: container images are not run; every invocation fails.")
        } else if !function.runtime.hasPrefix("provided") {
            let detail =
                "Runtime: \(function.runtime) is not emulated; LocalRuntime starts bootstrap executables only, as for provided.al2023."
            resolver.note(resource, detail)
        }
        properties.note(Self.unsupported)
        return function
    }

    /// Why the code in the template cannot be run; nil if the template contains no code.
    private static func inlineCode(_ properties: Properties) throws(TemplateError) -> String? {
        let code = try properties.value("Code")
        guard properties.names.contains("InlineCode") || code?.map?["ZipFile"] != nil else { return nil }
        return "its code is in the template, and inline code is not run"
    }

    /// A local path, relative to the outermost template's folder; nil for code that is not a local file.
    private func codeURI(_ properties: Properties) throws(TemplateError) -> String? {
        if properties.names.contains("InlineCode") {
            resolver.note(properties.resource, "InlineCode: inline code is not run.")
            return nil
        }
        for name in ["CodeUri", "Code"] {
            guard let value = try properties.value(name) else { continue }
            if let text = value.text {
                return text.hasPrefix("s3://") || text.hasPrefix("https://") ? nil : resolver.file.path(ofFile: text)
            }
            if value.map?["ZipFile"] != nil {
                resolver.note(properties.resource, "Code.ZipFile: inline code is not run.")
            }
        }
        return nil
    }

    private static let unsupported: [(name: String, consequence: String)] = [
        ("Layers", "layers are not mounted under /opt."),
        ("FileSystemConfigs", "no file system is mounted."),
        ("FunctionUrlConfig", "the function has no URL."),
        ("DurableConfig", "durable executions are not emulated."),
        ("TenancyConfig", "tenants share processes."),
    ]
}

/// Finds a function by its name, its ARN or the URI of an integration.
struct FunctionDirectory {
    private var logicalIDs: [String: String] = [:]

    init(_ functions: [FunctionResource]) {
        for function in functions { logicalIDs[function.name] = function.logicalID }
    }

    /// The logical id of the function with that name, ARN (with or without a version or alias) or URI, such as
    /// `arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{arn}/invocations`.
    func logicalID(in text: String) -> String? {
        guard let marker = text.firstRange(of: ":function:") else { return logicalIDs[text] }
        let name = text[marker.upperBound...].prefix { $0 != ":" && $0 != "/" }
        return logicalIDs[String(name)]
    }
}
