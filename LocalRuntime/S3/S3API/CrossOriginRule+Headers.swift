import NIOHTTP1
import ObjectStore

extension CrossOriginRule {
    func allows(origin: String, method: String) -> Bool {
        allowedMethods.contains(method) && allowedOrigins.contains { Self.matches(origin, pattern: $0) }
    }

    /// - Parameter header: In lower case.
    func allows(header: String) -> Bool {
        allowedHeaders.contains { Self.matches(header, pattern: $0.lowercased()) }
    }

    func headers(for origin: String) -> HTTPHeaders {
        let isForAll = allowedOrigins.contains("*")
        var headers: HTTPHeaders = [
            "Access-Control-Allow-Origin": isForAll ? "*" : origin,
            "Access-Control-Allow-Methods": allowedMethods.joined(separator: ", "),
        ]
        if !exposedHeaders.isEmpty {
            headers.add(name: "Access-Control-Expose-Headers", value: exposedHeaders.joined(separator: ", "))
        }
        if let maximumAge { headers.add(name: "Access-Control-Max-Age", value: "\(maximumAge)") }
        if !isForAll { headers.add(name: "Access-Control-Allow-Credentials", value: "true") }
        headers.add(
            name: "Vary",
            value: "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"
        )
        return headers
    }

    private static func matches(_ text: String, pattern: String) -> Bool {
        let parts = pattern.split(separator: "*", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return text == pattern }
        return text.utf8.count >= pattern.utf8.count - 1 && text.hasPrefix(parts[0]) && text.hasSuffix(parts[1])
    }
}
