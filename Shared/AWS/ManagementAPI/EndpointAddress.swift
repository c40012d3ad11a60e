import Connections
import FoundationEssentials

/// A management endpoint taken apart, once for all its connections.
struct EndpointAddress: Sendable, Hashable {
    /// `https://abc.execute-api.eu-central-1.amazonaws.com`
    let origin: String
    /// The value of the `Host` header.
    let host: String
    /// `/live/%40connections/`. SDKs escape the at sign, and what is escaped is part of the signature.
    let path: String

    init?(_ endpoint: ManagementEndpoint) {
        guard
            let url = URL(string: endpoint.url), let scheme = url.scheme, ["http", "https"].contains(scheme),
            let host = url.host(percentEncoded: true), !host.isEmpty, url.query == nil
        else { return nil }
        let port = url.port.map { ":\($0)" } ?? ""
        self.host = host + port
        origin = "\(scheme)://\(host)\(port)"
        let base = url.path(percentEncoded: true)
        path = (base.hasSuffix("/") ? base : base + "/") + "%40connections/"
    }
}
