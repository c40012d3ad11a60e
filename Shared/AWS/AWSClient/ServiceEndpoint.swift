import FoundationEssentials

/// The parts of an endpoint's URL that a signed request needs.
public struct ServiceEndpoint: Sendable, Hashable {
    /// Scheme, host and port: `https://abc.execute-api.eu-central-1.amazonaws.com`.
    public let origin: String
    /// The value of the `Host` header.
    public let host: String
    /// Percent-encoded, without a trailing slash.
    public let path: String

    /// - Returns: Nil unless it is an HTTP URL with a host and without a query.
    public init?(url text: String) {
        guard
            let url = URL(string: text), let scheme = url.scheme, ["http", "https"].contains(scheme),
            let host = url.host(percentEncoded: true), !host.isEmpty, url.query == nil
        else { return nil }
        let port = url.port.map { ":\($0)" } ?? ""
        self.host = host + port
        origin = "\(scheme)://\(host)\(port)"
        let path = url.path(percentEncoded: true)
        self.path = path.hasSuffix("/") ? String(path.dropLast()) : path
    }
}
