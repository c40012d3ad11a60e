/// An upper bound for how deep the collections of a YAML text are nested, from its indentation, brackets and list markers.
///
/// The parser is recursive, so that a short text with deep nesting could exhaust the stack.
struct NestingDepth {
    static let limit = 200

    private var indents: [Int] = []
    private var brackets = 0

    /// The first line, counted from 1, whose depth exceeds the limit.
    static func lineBeyondLimit(in text: String) -> Int? {
        var depth = NestingDepth()
        var number = 0
        for line in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            if depth.exceedsLimit(in: line) { return number }
        }
        return nil
    }

    private mutating func exceedsLimit(in line: Substring.UTF8View) -> Bool {
        let content = line.drop { $0 == UInt8(ascii: " ") }
        guard let first = content.first, first != UInt8(ascii: "#") else { return false }
        let indent = line.count - content.count
        while let last = indents.last, last >= indent { indents.removeLast() }
        indents.append(indent)
        // A key of the outermost map ends all brackets, which plain text may leave open.
        if indent == 0, first >= UInt8(ascii: "A"), first <= UInt8(ascii: "Z") { brackets = 0 }

        var markers = 0
        var isMarker = true
        var isQuoted = false
        var isEscaped = false
        for byte in content {
            switch byte {
            case _ where isEscaped: isEscaped = false
            case UInt8(ascii: "\\") where isQuoted: isEscaped = true
            case UInt8(ascii: "\""): isQuoted.toggle()
            case UInt8(ascii: "["), UInt8(ascii: "{"): brackets += isQuoted ? 0 : 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"): brackets -= isQuoted || brackets == 0 ? 0 : 1
            case UInt8(ascii: "-"), UInt8(ascii: "?"), UInt8(ascii: ":"): markers += isMarker ? 1 : 0
            case UInt8(ascii: " "), UInt8(ascii: "\t"): break
            default: isMarker = false
            }
            if indents.count + brackets + markers > Self.limit { return true }
        }
        return false
    }
}
