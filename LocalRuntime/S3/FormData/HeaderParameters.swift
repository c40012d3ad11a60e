/// A header value with parameters: `form-data; name="file"; filename="a.txt"`.
///
/// Browsers escape quotes as `%22`, which stays, as it does in the form they send; others as `\"`.
struct HeaderParameters {
    /// What comes before the first semicolon, in lower case.
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
            // Whoever names a parameter twice gets the first, like whoever reads from the left.
            if parameters[name] == nil { parameters[name] = value }
            rest = rest.drop { $0 != ";" }
        }
    }

    /// The value of a parameter, named in lower case; the extended form (`filename*=utf-8''…`) counts for more.
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
            // A path of Windows has backslashes of its own.
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
        var bytes: [UInt8] = []
        var rest = parts[2].utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let digits = String(rest.prefix(2)), digits.utf8.count == 2, let value = UInt8(digits, radix: 16)
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
