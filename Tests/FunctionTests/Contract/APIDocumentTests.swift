import Files
import TestSupport
import Testing
import Yams

/// `docs/openapi.yaml`, `docs/asyncapi.yaml` and `docs/api.md` list the codes, types and schemas of the code.
/// `Scripts/check-layout` compares their routes with the template's.
struct APIDocumentTests {
    // MARK: Errors

    @Test func documentsListEveryErrorCode() throws {
        let codes = Set(try errorCodes().keys)
        let http = try document("openapi")["components"]?["schemas"]?["Error"]?["properties"]?["code"]?["enum"]
        let reply = try document("asyncapi")["components"]?["schemas"]?["ErrorReply"]?["properties"]
        let documented = [http, reply?["code"]?["enum"]].flatMap { $0?.elements ?? [] }.compactMap(\.string)
        expectSame(codes, in: "ChatError.swift", Set(documented), in: "docs/openapi.yaml and docs/asyncapi.yaml")

        let guide = try Repository.text(of: "docs/api.md").split(separator: "## Errors", maxSplits: 1).last ?? ""
        let explained = guide.matches(of: #/\n\| `(\w+)` \| (?:\d{3})? *\|/#).map { String($0.1) }
        expectSame(codes, in: "ChatError.swift", Set(explained), in: "docs/api.md")
    }

    @Test func openAPIGivesEachErrorCodeItsStatus() throws {
        let codes = try errorCodes()
        let document = try document("openapi")
        let paths = document["paths"]?.members.values.flatMap(\.members.values) ?? []
        for (status, response) in paths.flatMap({ $0["responses"]?.members.map { ($0, $1) } ?? [] }) {
            for case .string(let code)? in try resolved(response, in: document).every("code").map({ $0["const"] }) {
                #expect(codes[code].map(String.init) == status, "docs/openapi.yaml has \(status) for `\(code)`")
            }
        }
    }

    // MARK: Schemas

    @Test func bothDocumentsDefineSharedSchemasIdentically() throws {
        let openAPI = try document("openapi")["components"]?["schemas"]?.members ?? [:]
        let asyncAPI = try document("asyncapi")["components"]?["schemas"]?.members ?? [:]
        for (name, schema) in asyncAPI.sorted(by: { $0.key < $1.key }) {
            let isSame = openAPI[name].map { $0 == schema } ?? true
            #expect(isSame, "docs/openapi.yaml and docs/asyncapi.yaml define `\(name)` differently")
        }
    }

    @Test func openAPINamesTheTypesOfFiles() throws {
        let schemas = try document("openapi")["components"]?["schemas"]
        let fileID = try #require(schemas?["FileID"]?["pattern"]?.string)
        let extensions = Set(FileType.all.map(\.fileExtension))
        expectSame(extensions, in: "FileType.swift", try alternatives(in: fileID), in: "the schema FileID")

        let property = schemas?["CreateFileRequest"]?["properties"]?["contentType"]
        let contentTypes = Set(FileType.all.map(\.contentType))
        let documented = try alternatives(in: #require(property?["pattern"]?.string))
        expectSame(contentTypes, in: "FileType.swift", documented, in: "the schema CreateFileRequest")
    }

    // MARK: Reading the documents

    private func document(_ name: String) throws -> JSON {
        try YAMLDecoder().decode(JSON.self, from: Repository.text(of: "docs/\(name).yaml"))
    }

    /// Each code with its status.
    private func errorCodes() throws -> [String: Int] {
        let source = try Repository.text(of: "Shared/Chat/ChatCore/ChatError.swift")
        let codes = source.matches(of: #/Code\(description: "(\w+)", httpStatus: (\d+)\)/#)
        return Dictionary(uniqueKeysWithValues: codes.map { (String($0.1), Int($0.2) ?? 0) })
    }

    /// `#/components/responses/X`, followed.
    private func resolved(_ value: JSON, in document: JSON) throws -> JSON {
        guard let reference = value["$ref"]?.string else { return value }
        let path = reference.split(separator: "/").dropFirst().map(String.init)
        return try #require(path.reduce(document) { $0?[$1] }, "\(reference) does not exist")
    }

    /// The alternatives in the first group of a pattern, `(jpg|png)`.
    private func alternatives(in pattern: String) throws -> Set<String> {
        let group = try #require(pattern.firstMatch(of: #/\((?<names>[^()]+\|[^()]+)\)/#))
        return Set(group.names.replacing("\\", with: "").split(separator: "|").map(String.init))
    }
}

/// Records the names that only one of two places contains.
private func expectSame(
    _ names: Set<String>,
    in place: String,
    _ others: Set<String>,
    in otherPlace: String,
    at location: SourceLocation = #_sourceLocation
) {
    for name in names.subtracting(others).sorted() {
        Issue.record("`\(name)` is in \(place), but not in \(otherPlace)", sourceLocation: location)
    }
    for name in others.subtracting(names).sorted() {
        Issue.record("`\(name)` is in \(otherPlace), but not in \(place)", sourceLocation: location)
    }
}

extension JSON {
    fileprivate var members: [String: JSON] {
        guard case .object(let members) = self else { return [:] }
        return members
    }

    /// Every value of this key, however deep.
    fileprivate func every(_ key: String) -> [JSON] {
        switch self {
        case .object(let members):
            members.flatMap { name, value in (name == key ? [value] : []) + value.every(key) }
        case .array(let elements): elements.flatMap { $0.every(key) }
        default: []
        }
    }
}
