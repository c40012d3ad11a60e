import FoundationEssentials

/// Strings for C, one after the other in one allocation, each ended by a zero byte.
struct TerminatedStrings {
    private(set) var bytes: [UInt8] = []
    /// Where each string starts; nil stands for a null pointer.
    private(set) var offsets: [Int?] = []

    init() {}

    init(_ strings: [String]) {
        for string in strings { append(string) }
    }

    mutating func append(_ string: String) {
        offsets.append(bytes.count)
        bytes.append(contentsOf: string.utf8)
        bytes.append(0)
    }

    mutating func appendNull() {
        offsets.append(nil)
    }
}

extension TerminatedStrings {
    /// The parameters in Postgres' text format.
    init(_ parameters: [Parameter]) throws(PostgresError) {
        self.init()
        for (index, parameter) in parameters.enumerated() {
            switch parameter {
            case .null: appendNull()
            case .text(let text): append(try Self.withoutNUL(text, index))
            case .integer(let value): append(String(value))
            case .boolean(let value): append(value ? "t" : "f")
            case .uuid(let value): append(value.uuidString)
            case .textArray(let elements): append(TextArray.literal(try Self.withoutNUL(elements, index)))
            }
        }
    }

    /// C would end the text there, and Postgres cannot store U+0000 anyway.
    private static func withoutNUL(_ text: String, _ index: Int) throws(PostgresError) -> String {
        guard !text.utf8.contains(0) else {
            throw PostgresError(.invalidParameter, message: "$\(index + 1) contains U+0000, which text cannot hold.")
        }
        return text
    }

    private static func withoutNUL(_ texts: [String], _ index: Int) throws(PostgresError) -> [String] {
        for text in texts { _ = try withoutNUL(text, index) }
        return texts
    }
}
