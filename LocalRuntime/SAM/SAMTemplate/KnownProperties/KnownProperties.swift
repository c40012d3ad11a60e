/// The properties of the resources that LocalRuntime reads, as AWS documents them, so that a misspelled one fails at the
/// start as it would fail the deployment.
///
/// A table is a text: names with spaces between them, and after a name the names in its map or in the maps of its list,
/// in braces. `*` is any name. A name without braces is not checked below. `Tests/Interop/test_known_properties.py`
/// compares the tables with the schemas of CloudFormation and SAM.
///
/// - https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-template-resource-type-ref.html
/// - https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-resources-and-properties.html
enum KnownProperties {
    static let resources: [String: PropertyTree] = [functions, apis, storage, events]
        .reduce(into: [:]) { all, tables in all.merge(tables.mapValues { PropertyTree($0) }) { $1 } }

    /// By the type of the event.
    static let eventTrees: [String: PropertyTree] = functionEvents.mapValues { PropertyTree($0) }
}

/// The names that a map can have, each with those below it.
struct PropertyTree: Sendable {
    /// Nil for a map that is not checked.
    private(set) var names: [String: PropertyTree]?

    private init() {}

    /// - Parameter table: In the form of ``KnownProperties``.
    init(_ table: String) {
        var rest = Substring(table)
        self.init(reading: &rest)
    }

    private init(reading rest: inout Substring) {
        var names: [String: PropertyTree] = [:]
        while let next = rest.first, next != "}" {
            if next == " " || next == "\n" {
                rest.removeFirst()
                continue
            }
            let name = rest.prefix { !" \n{}".contains($0) }
            rest = rest[name.endIndex...]
            if rest.first == "{" {
                rest.removeFirst()
                names[String(name)] = PropertyTree(reading: &rest)
                if rest.first == "}" { rest.removeFirst() }
            } else {
                names[String(name)] = PropertyTree()
            }
        }
        self.names = names
    }

    subscript(name: String) -> PropertyTree? { names?[name] ?? names?["*"] }

    /// The known name that is most like a name; nil if none is like it.
    func nearest(to name: String) -> String? {
        let lowered = name.lowercased()
        let candidates = (names ?? [:]).keys.sorted().map { known in
            (name: known, distance: EditDistance.between(lowered, known.lowercased()))
        }
        guard let best = candidates.min(by: { $0.distance < $1.distance }) else { return nil }
        return best.distance <= max(2, name.count / 3) ? best.name : nil
    }
}

/// The number of insertions, removals, replacements and exchanges of neighbors between two texts.
enum EditDistance {
    /// Texts longer than this are not compared.
    private static let limit = 128

    static func between(_ first: String, _ second: String) -> Int {
        let (first, second) = (Array(first.utf8), Array(second.utf8))
        guard first.count <= limit, second.count <= limit else { return .max }
        var beforeLast: [Int] = []
        var last = Array(0...second.count)
        for row in first.indices {
            var current = [row + 1]
            for column in second.indices {
                let replacement = last[column] + (first[row] == second[column] ? 0 : 1)
                var best = min(replacement, last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, first[row] == second[column - 1], first[row - 1] == second[column] {
                    best = min(best, beforeLast[column - 1] + 1)
                }
                current.append(best)
            }
            (beforeLast, last) = (last, current)
        }
        return last[second.count]
    }
}
