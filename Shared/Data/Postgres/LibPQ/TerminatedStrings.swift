import FoundationEssentials

/// Null-terminated strings for C, stored in one allocation.
struct TerminatedStrings {
    private(set) var bytes: [UInt8] = []
    /// The offset of each string in `bytes`; nil stands for a null pointer.
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
    /// Writes the parameters in Postgres' text format.
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

    /// C strings end at the first zero byte, and Postgres cannot store U+0000 in text.
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

extension TerminatedStrings {
    /// Lends the strings to `body` as an array of C strings.
    func withPointers<Value>(_ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Value) -> Value {
        unsafe bytes.withUnsafeBytes { storage in
            let pointers: [UnsafePointer<CChar>?] = unsafe offsets.map { offset in
                guard let offset else { return nil }
                return unsafe storage.baseAddress?.advanced(by: offset).assumingMemoryBound(to: CChar.self)
            }
            return unsafe pointers.withUnsafeBufferPointer { unsafe body($0.baseAddress) }
        }
    }

    init(_ strings: [String], endedByNull: Bool) {
        self.init(strings)
        if endedByNull { appendNull() }
    }
}
