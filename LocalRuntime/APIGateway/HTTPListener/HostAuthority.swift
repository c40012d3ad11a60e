/// A host and an optional port, as in the `Host` header and in origins; in lower case.
struct HostAuthority: Sendable, Hashable {
    /// A name, an IPv4 address, or an IPv6 address in brackets.
    let host: String
    let port: UInt16?

    /// - Returns: Nil unless the text is exactly `host` or `host:port`.
    init?(_ text: some StringProtocol) {
        let text = text.lowercased()
        guard text.utf8.allSatisfy(Self.isAllowed) else { return nil }
        let bracket = text.hasPrefix("[") ? text.firstIndex(of: "]").map(text.index(after:)) : nil
        let host = text[..<(bracket ?? text.firstIndex(of: ":") ?? text.endIndex)]
        let rest = text[host.endIndex...]
        let port = rest.isEmpty ? nil : UInt16(rest.dropFirst())
        guard !host.isEmpty, rest.isEmpty || (rest.hasPrefix(":") && port != nil) else { return nil }
        self.host = String(host)
        self.port = port
    }

    /// Whether the host is this machine under every resolver: `localhost`, a name below it, or a loopback address.
    var isLoopback: Bool {
        host == "localhost" || host.hasSuffix(".localhost") || host == "[::1]" || ipv4?.first == 127
    }

    /// Whether the host is an address. A browser sends it only to that address, so no DNS record can abuse it.
    var isAddress: Bool { host.hasPrefix("[") || ipv4 != nil }

    private var ipv4: [UInt8]? {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        let bytes = parts.compactMap { UInt8($0) }
        return parts.count == 4 && bytes.count == 4 ? bytes : nil
    }

    /// Letters, digits and `.-_:[]`. The host is copied into response headers, so other characters are not allowed.
    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: ".-_:[]".utf8.contains(byte)
        }
    }
}

/// The origin of a page: scheme, host and port.
///
/// https://datatracker.ietf.org/doc/html/rfc6454
public struct PageOrigin: Sendable, Hashable {
    let scheme: String
    let host: String
    let port: UInt16

    /// - Parameter text: `http://localhost:5173`, as in the `Origin` header.
    /// - Returns: Nil for any other text, `null` included.
    public init?(_ text: some StringProtocol) {
        for (scheme, defaultPort) in [("http", 80), ("https", 443)] as [(String, UInt16)] {
            guard text.lowercased().hasPrefix("\(scheme)://") else { continue }
            guard let authority = HostAuthority(text.dropFirst(scheme.count + 3)) else { return nil }
            self.init(scheme: scheme, host: authority.host, port: authority.port ?? defaultPort)
            return
        }
        return nil
    }

    /// The origin of the page at a URL.
    init?(ofURL url: some StringProtocol) {
        guard let scheme = url.firstRange(of: "://") else { return nil }
        let end = url[scheme.upperBound...].firstIndex { "/?#".contains($0) } ?? url.endIndex
        self.init(url[..<end])
    }

    /// The origin of a page that was loaded over HTTP from a server of this name.
    init(servedAt authority: HostAuthority) {
        self.init(scheme: "http", host: authority.host, port: authority.port ?? 80)
    }

    private init(scheme: String, host: String, port: UInt16) {
        self.scheme = scheme
        self.host = host
        self.port = port
    }
}
