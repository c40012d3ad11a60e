import EmulatorCore
import GatewayCore
import NIOCore

/// A route selection expression, parsed once.
///
/// https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-routes.html
struct RouteSelection: Sendable {
    private enum Part: Sendable, Hashable {
        case text(String)
        case path([JSONStep])
    }

    private let parts: [Part]
    /// Whether the expression is a single `$request.body.…`. A missing value then selects nothing; in a template it is
    /// the empty string.
    private let isBare: Bool

    init(_ expression: String) {
        if let path = Self.path(expression) {
            parts = [.path(path)]
            isBare = true
        } else {
            parts = Self.template(expression)
            isBare = false
        }
    }

    /// The route key that a message selects; nil if the expression cannot be evaluated, which means `$default`.
    ///
    /// Only the values that the expression names are decoded.
    /// - Parameter message: Valid UTF-8, but not necessarily JSON.
    func key(for message: ByteBuffer) -> String? {
        if isBare, case .path(let path)? = parts.first {
            return (try? JSONValue.value(at: path, in: message))?.scalarText
        }
        do throws(JSONSyntaxError) {
            var key = ""
            for part in parts {
                switch part {
                case .text(let text): key += text
                case .path(let path): key += try JSONValue.value(at: path, in: message)?.scalarText ?? ""
                }
            }
            return key
        } catch {
            return nil
        }
    }

    /// Splits a template into text and `${request.body.…}`; `\$` is a literal dollar sign.
    private static func template(_ expression: String) -> [Part] {
        var parts: [Part] = []
        var text = ""
        var rest = expression[...]
        while let character = rest.first {
            if character == "\\", rest.dropFirst().first == "$" {
                text.append("$")
                rest = rest.dropFirst(2)
            } else if rest.hasPrefix("${"), let end = rest.firstIndex(of: "}"),
                let path = path("$" + rest[rest.index(rest.startIndex, offsetBy: 2)..<end])
            {
                if !text.isEmpty { parts.append(.text(text)) }
                text = ""
                parts.append(.path(path))
                rest = rest[rest.index(after: end)...]
            } else {
                text.append(character)
                rest = rest.dropFirst()
            }
        }
        if !text.isEmpty { parts.append(.text(text)) }
        return parts
    }

    /// Parses `$request.body.a.b`, `$request.body['a'].b[0]` or `$.a`, which starts at the body; nil for anything else.
    private static func path(_ expression: String) -> [JSONStep]? {
        var rest: Substring
        if expression.hasPrefix("$request.body") {
            rest = expression.dropFirst("$request.body".count)
        } else if expression.hasPrefix("$.") {
            rest = expression.dropFirst()
        } else {
            return nil
        }
        var steps: [JSONStep] = []
        while let character = rest.first {
            if character == "." {
                let key = rest.dropFirst().prefix { $0 != "." && $0 != "[" }
                guard !key.isEmpty, !key.contains(where: { "${}/ ".contains($0) }) else { return nil }
                steps.append(.key(String(key)))
                rest = rest[key.endIndex...]
            } else if character == "[", let end = rest.firstIndex(of: "]") {
                let inside = rest[rest.index(after: rest.startIndex)..<end]
                if let index = Int(inside) {
                    steps.append(.index(index))
                } else if inside.count > 2, let quote = inside.first, quote == "'" || quote == "\"",
                    inside.last == quote
                {
                    steps.append(.key(String(inside.dropFirst().dropLast())))
                } else {
                    return nil
                }
                rest = rest[rest.index(after: end)...]
            } else {
                return nil
            }
        }
        return steps.isEmpty ? nil : steps
    }
}
