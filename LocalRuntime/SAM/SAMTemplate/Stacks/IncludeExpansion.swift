internal import FoundationEssentials

/// Replaces `AWS::Include`, and the `DefinitionUri` of HTTP APIs, by the contents of local files, as `sam deploy` does
/// by way of S3.
///
/// Files in S3 are not read; readers note what is left out.
///
/// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/transform-aws-include.html
struct IncludeExpansion {
    private static let transform = "Fn::Transform"
    /// AWS does not expand includes in included files; this bounds files that do include others.
    private static let depthLimit = 8
    private static let countLimit = 100

    let file: TemplateFile
    private var count = 0

    init(of file: TemplateFile) { self.file = file }

    /// The template with all local files included.
    ///
    /// - Throws: An error for a file that cannot be read, or is no map where a map is needed.
    mutating func expanded() throws(TemplateError) -> TemplateValue {
        var root = file.root
        if var sections = root.map, let transforms = sections["Transform"] {
            let all = transforms.list ?? [transforms]
            var kept: [TemplateValue] = []
            for transform in all {
                guard let included = try included(by: transform, depth: 0) else {
                    kept.append(transform)
                    continue
                }
                try merge(included, into: &sections, line: transform.line)
            }
            if kept.count < all.count {
                sections["Transform"] = kept.isEmpty ? nil : TemplateValue(.list(kept), line: transforms.line)
                root.content = .map(sections)
            }
        }
        return try expand(root, depth: 0)
    }

    private mutating func expand(_ value: TemplateValue, depth: Int) throws(TemplateError) -> TemplateValue {
        var result = value
        switch value.content {
        case .list(let elements):
            var expanded: [TemplateValue] = []
            for element in elements { expanded.append(try expand(element, depth: depth)) }
            result.content = .list(expanded)
        case .map(let fields):
            var fields = fields
            if let transform = fields[Self.transform], let included = try included(by: transform, depth: depth) {
                fields[Self.transform] = nil
                guard !fields.isEmpty || included.map != nil else { return included }
                try merge(included, into: &fields, line: transform.line)
            }
            if let body = try definition(of: fields, depth: depth) { fields = body }
            var expanded = Fields()
            for field in fields { expanded[field.name] = try expand(field.value, depth: depth) }
            result.content = .map(expanded)
        default: break
        }
        return result
    }

    /// The map's own fields take precedence.
    private func merge(_ included: TemplateValue, into fields: inout Fields, line: Int?) throws(TemplateError) {
        guard let map = included.map else {
            throw TemplateError(.invalid, "A file that is included among other fields has to be a map.", line: line)
        }
        for field in map where fields[field.name] == nil { fields[field.name] = field.value }
    }

    /// The contents of the file that a transform names; nil for another transform or a file in S3.
    private mutating func included(by transform: TemplateValue, depth: Int) throws(TemplateError) -> TemplateValue? {
        guard let fields = transform.map, fields["Name"]?.text == "AWS::Include",
            let location = fields["Parameters"]?.map?["Location"]?.text
        else { return nil }
        return try contents(of: location, line: transform.line, depth: depth)
    }

    /// The fields of an `AWS::Serverless::HttpApi` with the file of its `DefinitionUri` as its `DefinitionBody`.
    private mutating func definition(of resource: Fields, depth: Int) throws(TemplateError) -> Fields? {
        guard resource["Type"]?.text == "AWS::Serverless::HttpApi", var properties = resource["Properties"]?.map,
            let uri = properties["DefinitionUri"], let location = uri.text, properties["DefinitionBody"] == nil,
            let body = try contents(of: location, line: uri.line, depth: depth)
        else { return nil }
        properties["DefinitionUri"] = nil
        properties["DefinitionBody"] = body
        var resource = resource
        resource["Properties"] = TemplateValue(.map(properties), line: resource["Properties"]?.line)
        return resource
    }

    private mutating func contents(
        of location: String,
        line: Int?,
        depth: Int
    ) throws(TemplateError) -> TemplateValue? {
        guard let url = file.url, !location.contains("://") else { return nil }
        count += 1
        guard depth < Self.depthLimit, count <= Self.countLimit else {
            throw TemplateError(.limit, "The template includes too many files, or files that include each other.")
        }
        let target = URL(filePath: location, relativeTo: url.deletingLastPathComponent()).standardizedFileURL
        do throws(TemplateError) {
            let parsed = try TemplateSyntax.parse(TemplateFile.text(of: target))
            return try expand(parsed.at(line: line), depth: depth + 1)
        } catch {
            let place = error.line.map { " (line \($0))" } ?? ""
            throw TemplateError(error.code, "The included file \(location)\(place): \(error.message)", line: line)
        }
    }
}

extension TemplateValue {
    /// The value with the line of the include, because its own lines are those of another file.
    fileprivate func at(line: Int?) -> TemplateValue {
        var value = self
        value.line = line
        switch content {
        case .list(let elements): value.content = .list(elements.map { $0.at(line: line) })
        case .map(let fields):
            value.content = .map(Fields(fields.map { Fields.Field(name: $0.name, value: $0.value.at(line: line)) }))
        default: break
        }
        return value
    }
}
