import EmulatorCore

/// Decodes the path of a request to the route `$default`, as in the events of format 2.0.
///
/// AWS does not document it. In requests recorded by https://github.com/hotsock/voker API Gateway decodes the path, ends
/// it at a question mark that appears, and decodes what is left once more.
enum DefaultRoutePath {
    /// - Parameter path: As sent.
    /// - Returns: Nil if API Gateway refuses the request, because what it decodes the second time is not well-formed.
    static func decoded(_ path: Substring) -> String? {
        let once = RequestTarget.decoded(path).utf8.prefix { $0 != UInt8(ascii: "?") }
        guard hasValidEscapes(once) else { return nil }
        return RequestTarget.decoded(String(Substring(once)))
    }

    private static func hasValidEscapes(_ text: Substring.UTF8View) -> Bool {
        var rest = text[...]
        while let percent = rest.firstIndex(of: UInt8(ascii: "%")) {
            let digits = rest[rest.index(after: percent)...].prefix(2)
            guard digits.count == 2, digits.allSatisfy(isHexadecimal) else { return false }
            rest = rest[digits.endIndex...]
        }
        return true
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
