internal import FoundationEssentials

/// A parsed template and the file that it comes from.
struct TemplateFile: Sendable {
    /// CloudFormation's limit for a template in S3.
    static let sizeLimit = 1_048_576

    var root: TemplateValue
    /// Nil for a template that was passed as text.
    var url: URL?
    /// The path relative to the folder of the outermost template, for messages.
    var path: String?
    /// The files of the stacks that this one is nested in, with symbolic links resolved, the outermost first.
    var parents: [URL] = []

    init(text: String) throws(TemplateError) {
        guard text.utf8.count <= Self.sizeLimit else { throw Self.tooLarge }
        root = try TemplateSyntax.parse(text)
    }

    init(contentsOf url: URL, path: String) throws(TemplateError) {
        try self.init(text: Self.text(of: url))
        self.url = url
        self.path = path
    }

    /// The folder of the file, relative to that of the outermost template; empty for the same folder.
    var folder: String {
        guard let path, let slash = path.lastIndex(of: "/") else { return "" }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The path, relative to the outermost template's folder, of a file that this template names.
    func path(ofFile name: String) -> String {
        folder.isEmpty || name.hasPrefix("/") ? name : "\(folder)/\(name)"
    }

    /// Reads a template that this one nests.
    func nested(_ name: String) throws(TemplateError) -> TemplateFile {
        guard let url else {
            throw TemplateError(.invalid, "A template passed as text cannot nest the file \(name).")
        }
        let target = URL(filePath: name, relativeTo: url.deletingLastPathComponent()).standardizedFileURL
        let chain = parents + [url.resolvingSymlinksInPath()]
        guard !chain.contains(target.resolvingSymlinksInPath()) else {
            throw TemplateError(.circularReference, "The template \(path(ofFile: name)) nests itself.")
        }
        var file = try TemplateFile(contentsOf: target, path: path(ofFile: name))
        file.parents = chain
        return file
    }

    private static func text(of url: URL) throws(TemplateError) -> String {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: url.path) else {
            throw TemplateError(.malformed, "The file \(url.path) does not exist or cannot be accessed.")
        }
        guard attributes[.size] as? Int ?? 0 <= sizeLimit else { throw tooLarge }
        guard let text = try? String(contentsOf: url, encoding: .utf8) else {
            throw TemplateError(.malformed, "The file \(url.path) cannot be read as UTF-8 text.")
        }
        return text
    }

    private static var tooLarge: TemplateError {
        TemplateError(.limit, "The template is larger than \(sizeLimit) bytes, which CloudFormation does not accept.")
    }
}
