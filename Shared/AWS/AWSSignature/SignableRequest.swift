/// The parts of an HTTP request that a signature covers.
public struct SignableRequest: Sendable {
    public var method: String
    /// The path as sent, without the query.
    public var path: String
    /// The query as sent, without the question mark; may be empty.
    public var query: String
    /// In the order sent. `Host` is required, because every signature covers it.
    public var headers: [(name: String, value: String)]
    public var payload: PayloadHash

    public init(
        method: String,
        path: String,
        query: String = "",
        headers: [(name: String, value: String)],
        payload: PayloadHash = .empty
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.payload = payload
    }

    /// Splits the request target at its first question mark.
    public init(
        method: String,
        target: String,
        headers: [(name: String, value: String)],
        payload: PayloadHash = .empty
    ) {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        self.init(
            method: method,
            path: String(parts[0]),
            query: parts.count == 2 ? String(parts[1]) : "",
            headers: headers,
            payload: payload
        )
    }

    /// Whether a parameter of the query begins with `prefix`.
    public func hasParameter(_ prefix: StaticString) -> Bool {
        query.utf8.split(separator: UInt8(ascii: "&")).contains { parameter in
            prefix.withUTF8Buffer { parameter.starts(with: $0) }
        }
    }

    /// The value of the first header named `name`, which must be in lower case.
    func header(_ name: String) -> String? {
        headers.first { $0.name.utf8.count == name.utf8.count && $0.name.lowercased() == name }?.value
    }
}
