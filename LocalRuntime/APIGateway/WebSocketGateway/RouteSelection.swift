import EmulatorCore
import GatewayCore

/// A route selection expression, parsed once.
///
/// https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-routes.html
struct RouteSelection: Sendable {
    /// A step into a JSON value.
    enum Step: Sendable, Hashable {
        case key(String)
        case index(Int)
    }

    enum Part: Sendable, Hashable {
        case text(String)
        case path([Step])
    }

    private let parts: [Part]
    /// Whether the expression is one bare `$request.body.…`: then a missing value means that nothing was selected,
    /// while inside a template it is the empty string.
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
    func key(for message: JSONValue?) -> String? {
        if isBare, case .path(let path)? = parts.first {
            return Self.value(at: path, in: message)?.scalarText
        }
        guard message != nil || !needsMessage else { return nil }
        return parts.map { part in
            switch part {
            case .text(let text): text
            case .path(let path): Self.value(at: path, in: message)?.scalarText ?? ""
            }
        }.joined()
    }

    /// Whether the message has to be read as JSON at all.
    var needsMessage: Bool {
        parts.contains { if case .path = $0 { true } else { false } }
    }

    private static func value(at path: [Step], in message: JSONValue?) -> JSONValue? {
        path.reduce(message) { value, step in
            switch step {
            case .key(let key): value?[key]
            case .index(let index): value?[index]
            }
        }
    }

    /// Splits a template into text and `${request.body.…}`; `\$` stands for a dollar sign.
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

    /// `$request.body.a.b`, `$request.body['a'].b[0]`, and `$.a` for the body's root; nil if it is none of them.
    private static func path(_ expression: String) -> [Step]? {
        var rest: Substring
        if expression.hasPrefix("$request.body") {
            rest = expression.dropFirst("$request.body".count)
        } else if expression.hasPrefix("$.") {
            rest = expression.dropFirst()
        } else {
            return nil
        }
        var steps: [Step] = []
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
