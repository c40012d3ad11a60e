import HTTPListener
import NIOHTTP1

/// Admits requests from programs and pages on this machine, and refuses those from other web sites.
///
/// A page from the internet can make a browser send requests to a local port. It cannot forge `Origin`, which names the
/// page, or `Host`, which names the server as the browser sees it (possibly a foreign name whose DNS record points to
/// 127.0.0.1). Both must be trusted names before a token is issued or a connection is closed.
struct LoopbackPolicy: Sendable {
    /// Trusted host names, in addition to the loopback names, in lower case.
    var trustedHosts: Set<String> = []

    func admits(_ headers: HTTPHeaders) -> Bool {
        let hosts = headers["Host"]
        guard hosts.count == 1, let host = Self.hostName(ofAuthority: hosts[0]), isTrusted(host) else { return false }
        return headers["Origin"].allSatisfy(isTrustedOrigin)
    }

    private func isTrustedOrigin(_ origin: String) -> Bool {
        guard let scheme = ["http://", "https://"].first(where: origin.hasPrefix) else { return false }
        return Self.hostName(ofAuthority: String(origin.dropFirst(scheme.count))).map(isTrusted) ?? false
    }

    private func isTrusted(_ host: String) -> Bool {
        host == "localhost" || host.hasSuffix(".localhost") || host == "[::1]" || Self.isLoopbackIPv4(host)
            || trustedHosts.contains(host)
    }

    /// The host in `host` or `host:port`, in lower case; nil for any other text.
    private static func hostName(ofAuthority authority: String) -> String? {
        let authority = authority.lowercased()
        guard authority.utf8.allSatisfy(isAuthorityCharacter) else { return nil }
        let end = authority.hasPrefix("[") ? authority.firstIndex(of: "]").map(authority.index(after:)) : nil
        let host = authority[..<(end ?? authority.firstIndex(of: ":") ?? authority.endIndex)]
        let port = authority[host.endIndex...]
        guard !host.isEmpty, port.isEmpty || (port.hasPrefix(":") && UInt16(port.dropFirst()) != nil) else {
            return nil
        }
        return String(host)
    }

    /// Letters, digits and `.-_:[]`. The host is copied into the policy header, so other characters are not allowed.
    private static func isAuthorityCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: ".-_:[]".utf8.contains(byte)
        }
    }

    private static func isLoopbackIPv4(_ host: String) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
