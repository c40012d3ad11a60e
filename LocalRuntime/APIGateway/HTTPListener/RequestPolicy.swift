public import NIOHTTP1

/// Decides from its headers whether a request may be answered, so that no web page reaches the services of this machine
/// through a browser that runs on it.
///
/// A page can make a browser send requests to any address. It cannot forge `Host`, which names the server as the browser
/// sees it (possibly a foreign name whose DNS record points here), nor `Origin` and `Sec-Fetch-Site`, which tell where
/// the page is from: https://www.w3.org/TR/fetch-metadata/
public struct RequestPolicy: Sendable, Hashable {
    /// Whose pages may send a request.
    public enum Pages: Sendable, Hashable {
        /// Pages of every site, as at AWS: CORS settings, authorizers and signatures decide.
        case every
        /// Pages of the server itself and of ``RequestPolicy/trustedOrigins``.
        case trusted
        /// No page.
        case none
    }

    /// Why a request is refused.
    public enum Denial: Sendable, Hashable {
        /// `Host` is missing, malformed or a foreign name.
        case host
        /// A page that must not use the service has sent it.
        case page
    }

    /// Origins, in addition to the server's own, whose pages may use what is for ``Pages/trusted`` pages. Their host
    /// names are accepted there too.
    public let trustedOrigins: Set<PageOrigin>
    private let names: Set<String>
    private let suffixes: [String]
    /// Whether the server can be reached from other machines, which know it by an address.
    private let acceptsAddresses: Bool
    private let listeningHost: String

    /// - Parameters:
    ///   - listeningHost: The address or name that the server listens on. Clients may use it as `Host`, and any address
    ///     if it is not a loopback address.
    ///   - allowedHosts: Further host names without ports; one that begins with a dot includes all names below it. They
    ///     are not accepted for ``Pages/trusted`` pages, because a proxy on this machine may serve them to others.
    ///   - trustedOrigins: See ``trustedOrigins``.
    public init(
        listeningHost: String = "127.0.0.1",
        allowedHosts: [String] = [],
        trustedOrigins: Set<PageOrigin> = []
    ) {
        let listening = listeningHost.lowercased()
        self.listeningHost = listening.contains(":") && !listening.hasPrefix("[") ? "[\(listening)]" : listening
        acceptsAddresses = HostAuthority(self.listeningHost)?.isLoopback != true
        names = Set(allowedHosts.map { $0.lowercased() }.filter { !$0.hasPrefix(".") })
        suffixes = allowedHosts.map { $0.lowercased() }.filter { $0.hasPrefix(".") && $0.count > 1 }
        self.trustedOrigins = trustedOrigins
    }

    /// - Parameter pages: Whose pages may send the request.
    /// - Returns: Nil if the request may be answered.
    public func denial(of headers: HTTPHeaders, for pages: Pages) -> Denial? {
        let hosts = headers["Host"]
        guard hosts.count == 1, let host = HostAuthority(hosts[0]), accepts(host, for: pages) else { return .host }
        switch pages {
        case .every: return nil
        case .trusted: return isFromTrustedPage(headers, host) ? nil : .page
        case .none: return headers.areFromPage ? .page : nil
        }
    }

    private func accepts(_ authority: HostAuthority, for pages: Pages) -> Bool {
        let host = authority.host
        if authority.isLoopback || host == listeningHost || acceptsAddresses && authority.isAddress { return true }
        switch pages {
        case .trusted: return trustedOrigins.contains { $0.host == host }
        case .every, .none: return names.contains(host) || suffixes.contains(where: host.hasSuffix)
        }
    }

    /// Whether a program has sent the request, the user has entered its address, or a trusted page has sent it.
    private func isFromTrustedPage(_ headers: HTTPHeaders, _ host: HostAuthority) -> Bool {
        let own = PageOrigin(servedAt: host)
        let (origins, sites, referers) = (headers["Origin"], headers["Sec-Fetch-Site"], headers["Referer"])
        guard origins.count <= 1, sites.count <= 1, referers.count <= 1 else { return false }
        var isFromTrustedOrigin = false
        if let text = origins.first ?? referers.first {
            guard let origin = origins.isEmpty ? PageOrigin(ofURL: text) : PageOrigin(text) else { return false }
            isFromTrustedOrigin = trustedOrigins.contains(origin)
            guard isFromTrustedOrigin || origin == own else { return false }
        }
        switch sites.first {
        case nil, "same-origin", "none": return true
        case "same-site", "cross-site": return isFromTrustedOrigin && !origins.isEmpty
        default: return false
        }
    }
}

extension HTTPHeaders {
    /// Whether a page in a browser has sent the request.
    ///
    /// `Sec-Fetch-Mode` alone does not count: Node's `fetch` sends it too.
    fileprivate var areFromPage: Bool {
        ["Origin", "Referer", "Sec-Fetch-Site", "Sec-Fetch-Dest"].contains { contains(name: $0) }
    }

    /// Whether a browser may have sent the request, for a page or because the user entered its address or submitted a
    /// form. All browsers call themselves `Mozilla`.
    public var mayBeFromBrowser: Bool {
        areFromPage
            || contains { $0.name.lowercased().hasPrefix("sec-fetch-") || $0.name.lowercased().hasPrefix("sec-ch-") }
            || self["User-Agent"].contains { $0.hasPrefix("Mozilla/") }
    }
}
