import ByteEncodings

/// A header value with parameters: `form-data; name="file"; filename="a.txt"`.
///
/// In a quoted value `\"` and `\\` are escapes. Browsers send `%22` for a quotation mark, which is not decoded.
struct HeaderParameters {
    /// The text before the first semicolon, in lower case.
    let value: String
    private var parameters: [String: String] = [:]

    init(_ header: String) {
        var rest = Substring(header)[...]
        value = Self.token(&rest, until: ";").lowercased()
        while rest.popFirst() == ";" {
            let name = Self.token(&rest, until: "=;").lowercased()
            guard rest.first == "=" else { continue }
            rest.removeFirst()
            while rest.first == " " { rest.removeFirst() }
            let value = rest.first == "\"" ? Self.quoted(&rest) : Self.token(&rest, until: ";")
            // The first of several parameters with the same name counts.
            if parameters[name] == nil { parameters[name] = value }
            rest = rest.drop { $0 != ";" }
        }
    }

    /// The value of a parameter by its lower-case name. The extended form (`filename*=utf-8''…`) takes precedence.
    subscript(name: String) -> String? {
        if let extended = parameters["\(name)*"], let text = Self.decoded(extended) { return text }
        return parameters[name]
    }

    private static func token(_ rest: inout Substring, until ends: String) -> String {
        let token = rest.prefix { !ends.contains($0) }
        rest = rest[token.endIndex...]
        return token.trimmed
    }

    private static func quoted(_ rest: inout Substring) -> String {
        rest.removeFirst()
        var text = ""
        while let character = rest.popFirst(), character != "\"" {
            // Any other backslash is part of the text: Windows paths have them.
            if character == "\\", let next = rest.first, next == "\"" || next == "\\" {
                text.append(next)
                rest.removeFirst()
            } else {
                text.append(character)
            }
        }
        return text
    }

    /// https://www.rfc-editor.org/rfc/rfc8187#section-3.2
    private static func decoded(_ extended: String) -> String? {
        let parts = extended.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].lowercased() == "utf-8" else { return nil }
        return PercentEncoding.decode(parts[2])
    }
}
