import EmulatorCore
import GatewayCore
import SAMTemplate

/// Matches requests to the routes of an HTTP API. The most specific route wins.
///
/// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
struct RouteTable: Sendable {
    struct Match: Sendable {
        var route: HTTPAPI.Route
        /// With decoded values.
        var pathParameters: [(key: String, value: String)]
    }

    private enum Segment: Sendable {
        case literal(String)
        case parameter(String)
        case greedy(String)

        /// The lower, the more specific.
        var rank: Int {
            switch self {
            case .literal: 0
            case .parameter: 1
            case .greedy: 2
            }
        }
    }

    private struct Entry: Sendable {
        var route: HTTPAPI.Route
        var segments: [Segment]

        var rank: [Int] { segments.map(\.rank) + [route.method == "ANY" ? 1 : 0] }
    }

    private let entries: [Entry]
    private let fallback: HTTPAPI.Route?

    init(_ routes: [HTTPAPI.Route]) {
        fallback = routes.first { $0.path == "$default" }
        entries = routes.filter { $0.path != "$default" }
            .map { Entry(route: $0, segments: Self.segments($0.path)) }
            .sorted { $0.rank.lexicographicallyPrecedes($1.rank) }
    }

    /// - Parameter path: Still percent-encoded, so that an encoded slash is not a separator.
    func match(method: String, path: Substring) -> Match? {
        let segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        for entry in entries where entry.route.method == method || entry.route.method == "ANY" {
            if let parameters = Self.parameters(of: entry.segments, in: segments) {
                return Match(route: entry.route, pathParameters: parameters)
            }
        }
        return fallback.map { Match(route: $0, pathParameters: []) }
    }

    private static func segments(_ path: String) -> [Segment] {
        path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map { part in
            guard part.hasPrefix("{"), part.hasSuffix("}") else { return .literal(String(part)) }
            let name = part.dropFirst().dropLast()
            return name.hasSuffix("+") ? .greedy(String(name.dropLast())) : .parameter(String(name))
        }
    }

    private static func parameters(
        of template: [Segment],
        in path: ArraySlice<Substring>
    ) -> [(key: String, value: String)]? {
        var parameters: [(key: String, value: String)] = []
        var rest = path
        for segment in template {
            guard let part = rest.first else { return nil }
            switch segment {
            case .literal(let text):
                guard RequestTarget.decoded(part) == text else { return nil }
                rest = rest.dropFirst()
            case .parameter(let name):
                guard !part.isEmpty else { return nil }
                parameters.append((key: name, value: RequestTarget.decoded(part)))
                rest = rest.dropFirst()
            case .greedy(let name):
                let whole = rest.joined(separator: "/")
                guard !whole.isEmpty else { return nil }
                parameters.append((key: name, value: RequestTarget.decoded(whole)))
                rest = []
            }
        }
        return rest.isEmpty ? parameters : nil
    }
}
