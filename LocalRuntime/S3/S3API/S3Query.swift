/// The decoded parameters of a query, in order.
struct S3Query: Sendable {
    private let items: [(name: String, value: String)]

    init(_ text: some StringProtocol) throws {
        items = try Array(text.utf8).split(separator: UInt8(ascii: "&")).map { item in
            let parts = item.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            return (
                try S3Request.decoded(String(decoding: parts[0], as: UTF8.self), plusIsSpace: true),
                try parts.dropFirst().first.map { value in
                    try S3Request.decoded(String(decoding: value, as: UTF8.self), plusIsSpace: true)
                } ?? ""
            )
        }
    }

    var names: [String] { items.map(\.name) }

    subscript(name: String) -> String? { items.first { $0.name == name }?.value }

    func contains(_ name: String) -> Bool { items.contains { $0.name == name } }

    /// The requested length of a listing, 1,000 at most; nil without a request.
    func limit(_ name: String) throws -> Int? {
        guard let text = self[name], !text.isEmpty else { return nil }
        return min(try S3Request.count(text, name), 1_000)
    }
}
