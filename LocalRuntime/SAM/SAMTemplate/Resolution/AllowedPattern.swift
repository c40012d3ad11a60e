internal import Foundation

/// The `AllowedPattern` of a parameter, which its whole value has to match.
///
/// CloudFormation uses the regular expressions of Java, which ICU follows. ICU tries one alternative after the other, so
/// that a pattern such as `(a+)+b` takes a time that grows exponentially with the value; the steps are limited.
struct AllowedPattern {
    enum Result { case matches, differs, takesTooLong }

    /// The number of times that ICU reports its progress, which it does every 10,000 steps, for all values together.
    private static let reportLimit = 100

    private let expression: NSRegularExpression
    private var reportCount = 0

    /// Nil for an invalid pattern.
    init?(_ pattern: String) {
        // Alone first: a pattern such as `a)(b` is valid only within the group.
        guard (try? NSRegularExpression(pattern: pattern)) != nil,
            let expression = try? NSRegularExpression(pattern: "(?:\(pattern))\\z")
        else { return nil }
        self.expression = expression
    }

    mutating func match(_ text: String) -> Result {
        var isMatch = false
        var count = reportCount
        expression.enumerateMatches(
            in: text,
            options: [.anchored, .reportProgress],
            range: NSRange(text.startIndex..., in: text)
        ) { match, _, stop in
            if match != nil { isMatch = true } else { count += 1 }
            if isMatch || count > Self.reportLimit { stop.pointee = true }
        }
        reportCount = count
        if isMatch { return .matches }
        return count > Self.reportLimit ? .takesTooLong : .differs
    }
}
