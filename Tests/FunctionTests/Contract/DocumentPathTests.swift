import FoundationEssentials
import TestSupport
import Testing

/// The documents name files and folders that exist.
struct DocumentPathTests {
    /// Files that the README's reader creates, and a placeholder.
    private static let examples = ["ListReaders", "FindReaders", "XHandler"]

    @Test(arguments: try documents())
    func documentNamesOnlyPathsThatExist(_ document: String) throws {
        let text = try Repository.text(of: document)
        let folder = document.split(separator: "/").dropLast().map { "\($0)/" }.joined()

        let path =
            #/
            (?:^|[\s`("'|])
            ((?:Functions|Shared|LocalRuntime|Tests|Benchmarks|Scripts|docs|infrastructure|\.ci)\/[\w.+\/\-]*\w)
            /#
        let mentioned = text.matches(of: path).map { String($0.1) }
        let linked = text.matches(of: #/\]\(([^):#\s]+)(?:#[^)\s]*)?\)/#).map { folder + $0.1 }

        for path in Set(mentioned + linked).sorted() where !Self.examples.contains(where: path.contains) {
            #expect(Repository.contains(path), "\(document) names \(path), which does not exist")
        }

        let sources = try ["Functions", "Shared", "LocalRuntime", "Tests"].flatMap(Repository.sources)
        let names = Set(sources.compactMap { $0.split(separator: "/").last } + ["Package.swift"])
        for match in text.matches(of: #/`([\w+]+\.swift)`/#) where !names.contains(match.1) {
            #expect(
                Self.examples.contains(where: match.1.contains),
                "\(document) names \(match.1), which does not exist"
            )
        }
    }

    private static func documents() throws -> [String] {
        let pages = try Repository.names(in: "docs").filter { $0.hasSuffix(".md") }.map { "docs/\($0)" }
        return try Repository.names(in: ".").filter { $0.hasSuffix(".md") } + pages
    }
}
