import ByteEncodings

/// Decodes paths and query strings as API Gateway does.
public enum RequestTarget {
    /// Decodes `%XX`, and `+` as a space if `plusIsSpace`. Invalid escapes are kept, invalid UTF-8 is replaced.
    public static func decoded(_ text: some StringProtocol, plusIsSpace: Bool = false) -> String {
        String(decoding: PercentEncoding.decode(text.utf8, plusIsSpace: plusIsSpace), as: UTF8.self)
    }

    /// The decoded pairs of a query string, in its order.
    public static func queryItems(_ query: Substring?) -> [(name: String, value: String)] {
        guard let query else { return [] }
        return query.split(separator: "&", omittingEmptySubsequences: true).map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (
                name: decoded(parts[0], plusIsSpace: true),
                value: parts.count > 1 ? decoded(parts[1], plusIsSpace: true) : ""
            )
        }
    }
}

extension Sequence<(name: String, value: String)> {
    /// All values of each name, in alphabetical order of the names.
    public func grouped() -> [(key: String, value: [String])] {
        var values: [String: [String]] = [:]
        for (name, value) in self { values[name, default: []].append(value) }
        return values.sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value) }
    }
}

extension Sequence<(key: String, value: [String])> {
    /// The last value of each name, as in the single-value maps of events.
    public var lastValues: [(key: String, value: String)] {
        map { (key: $0.key, value: $0.value.last ?? "") }
    }
}
