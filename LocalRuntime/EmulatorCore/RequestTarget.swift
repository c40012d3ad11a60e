import ByteEncodings

/// Percent-encoding and query strings, as API Gateway reads them.
public enum RequestTarget {
    /// Decodes `%XX`, and `+` to a space where asked; what is no valid escape or no UTF-8 stays readable.
    public static func decoded(_ text: some StringProtocol, plusIsSpace: Bool = false) -> String {
        String(decoding: PercentEncoding.decode(text.utf8, plusIsSpace: plusIsSpace), as: UTF8.self)
    }

    /// The pairs of a query string in order, decoded.
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
    /// Every value of each name, names in alphabetical order, as events list them.
    public func grouped() -> [(key: String, value: [String])] {
        var values: [String: [String]] = [:]
        for (name, value) in self { values[name, default: []].append(value) }
        return values.sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value) }
    }
}

extension Sequence<(key: String, value: [String])> {
    /// The last value of each name: the single-value form of an event.
    public var lastValues: [(key: String, value: String)] {
        map { (key: $0.key, value: $0.value.last ?? "") }
    }
}
