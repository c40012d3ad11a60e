internal import FoundationEssentials
internal import Glibc

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
        var includes = IncludeExpansion(of: self)
        root = try includes.expanded()
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
    ///
    /// - Parameter name: An absolute path, or one relative to the folder of this file. Like SAM, it may lead out of the
    ///   project's folder and through symbolic links; only regular files are read.
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

    /// The text of a regular file, up to the size limit of a template.
    static func text(of url: URL) throws(TemplateError) -> String {
        // Without O_NONBLOCK, opening a named pipe waits for a writer.
        let descriptor = open(url.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw TemplateError(.malformed, "The file \(url.path) does not exist or cannot be accessed.")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw TemplateError(.malformed, "\(url.path) is not a regular file.")
        }
        guard status.st_size <= sizeLimit else { throw tooLarge }
        guard let bytes = bytes(of: descriptor, limit: sizeLimit + 1), let text = String(bytes: bytes, encoding: .utf8)
        else {
            throw TemplateError(.malformed, "The file \(url.path) cannot be read as UTF-8 text.")
        }
        guard bytes.count <= sizeLimit else { throw tooLarge }
        return text
    }

    /// The file's bytes up to the limit, which a file can exceed while it is read; nil after an error.
    private static func bytes(of descriptor: CInt, limit: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        while bytes.count < limit {
            let wanted = min(65_536, limit - bytes.count)
            var status = 0
            bytes += [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
                status = read(descriptor, buffer.baseAddress, wanted)
                count = max(0, status)
            }
            if status < 0, errno != EINTR { return nil }
            if status == 0 { break }
        }
        return bytes
    }

    private static var tooLarge: TemplateError {
        TemplateError(.limit, "The template is larger than \(sizeLimit) bytes, which CloudFormation does not accept.")
    }
}
