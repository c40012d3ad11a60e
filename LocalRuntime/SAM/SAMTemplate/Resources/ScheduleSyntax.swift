/// Finds what EventBridge certainly refuses in `rate(…)` and `cron(…)`.
///
/// https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
enum ScheduleSyntax {
    private static let fields = [
        ("minutes", 0...59), ("hours", 0...23), ("day-of-month", 1...31), ("month", 1...12), ("day-of-week", 1...7),
        ("year", 1970...2199),
    ]

    /// Why EventBridge refuses an expression, as the rest of a sentence that begins with it; nil if nothing is found.
    static func problem(with expression: String) -> String? {
        guard let open = expression.firstIndex(of: "("), expression.hasSuffix(")") else { return nil }
        let inside = expression[expression.index(after: open)...].dropLast()
        let parts = inside.split(separator: " ", omittingEmptySubsequences: true)
        return switch expression[..<open] {
        case "rate": rateProblem(parts)
        case "cron": cronProblem(parts)
        default: nil
        }
    }

    private static func rateProblem(_ parts: [Substring]) -> String? {
        let units = ["minute", "minutes", "hour", "hours", "day", "days"]
        guard parts.count == 2, units.contains(String(parts[1])) else {
            return "is not a number and a unit of minutes, hours or days."
        }
        guard let value = Int(parts[0]), value > 0, value <= Int.max / 86_400 else {
            return "has the value \(parts[0]), which is not a positive number."
        }
        return nil
    }

    private static func cronProblem(_ parts: [Substring]) -> String? {
        guard parts.count == fields.count else { return "has \(parts.count) fields instead of \(fields.count)." }
        guard (parts[2] == "?") != (parts[4] == "?") else {
            return "needs a question mark in one of day-of-month and day-of-week, and another value in the other."
        }
        for ((name, range), part) in zip(fields, parts) {
            for item in part.split(separator: ",", omittingEmptySubsequences: false) where !isPlausible(item, in: range)
            {
                return "has “\(part)” for \(name)."
            }
        }
        return nil
    }

    /// False for a number outside the range, and for a step that is not a positive number. Names, and days such as `L`
    /// or `MON#2`, are not checked.
    private static func isPlausible(_ item: Substring, in range: ClosedRange<Int>) -> Bool {
        let parts = item.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = parts.first, !first.isEmpty, parts.count <= 2 else { return false }
        if parts.count == 2 {
            guard let step = Int(parts[1]), step > 0 else { return false }
        }
        return first.split(separator: "-").allSatisfy { bound in Int(bound).map(range.contains) ?? true }
    }
}
