public import FoundationEssentials

/// Reads a SAM or CloudFormation template, in YAML or JSON.
///
/// `init` parses the template; `application(_:)` resolves it and can be called repeatedly with different settings.
public struct TemplateReader: Sendable {
    /// The template's own settings for local runs.
    public let localMetadata: LocalMetadata
    private let file: TemplateFile

    /// A template without a file, which can nest no others.
    public init(text: String) throws(TemplateError) {
        try self.init(TemplateFile(text: text))
    }

    public init(contentsOf url: URL) throws(TemplateError) {
        let name = url.lastPathComponent
        do throws(TemplateError) {
            try self.init(TemplateFile(contentsOf: url.standardizedFileURL, path: name))
        } catch {
            throw error.located(in: name, stack: "")
        }
    }

    private init(_ file: TemplateFile) throws(TemplateError) {
        self.file = file
        localMetadata = try LocalMetadata(Template(file.root).metadata)
    }

    /// The resources of the template and of the templates nested in it.
    ///
    /// - Throws: An error for anything that makes a deployment fail. Everything that is valid and not emulated is in
    ///   `Application.unsupported`.
    public func application(_ settings: ResolutionSettings = .init()) throws(TemplateError) -> Application {
        let deployment = try Deployment(file, settings: settings)
        return try ApplicationReader(stacks: deployment.stacks).application()
    }
}
