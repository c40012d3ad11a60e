/// The six fields of `cron(minutes hours day-of-month month day-of-week year)`.
///
/// https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based
struct CronFields: Sendable {
    private enum Day {
        case any
        case values(Set<Int>)
        /// The last day of the month, or the last occurrence of a weekday in the month.
        case last(Int?)
        /// The working day that is nearest to a day of the month; nil for the last working day of the month.
        case workingDay(Int?)
        /// The `count`th occurrence of a weekday in the month.
        case occurrence(weekday: Int, count: Int)
    }

    let minutes: [Int]
    let hours: [Int]
    private let monthDay: Day
    private let months: Set<Int>
    private let weekday: Day
    private let years: Set<Int>

    private static let monthNames = [
        "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
    ]
    private static let dayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]

    /// Nil for fields that EventBridge refuses.
    init?(_ text: Substring) {
        let fields = text.uppercased().split(separator: " ").map(String.init)
        // Exactly one of the two day fields must be "?".
        guard fields.count == 6, (fields[2] == "?") != (fields[4] == "?"),
            let minutes = Self.values(fields[0], 0...59), let hours = Self.values(fields[1], 0...23),
            let monthDay = Self.monthDay(fields[2]), let months = Self.values(fields[3], 1...12, Self.monthNames),
            let weekday = Self.weekday(fields[4]), let years = Self.values(fields[5], 1970...2199)
        else { return nil }
        self.minutes = minutes.sorted()
        self.hours = hours.sorted()
        self.monthDay = monthDay
        self.months = months
        self.weekday = weekday
        self.years = years
    }

    /// - Parameters:
    ///   - weekday: 1 is Sunday.
    ///   - days: The number of days in the month.
    func matches(year: Int?, month: Int?, day: Int?, weekday: Int?, days: Int) -> Bool {
        guard let year, let month, let day, let weekday, years.contains(year), months.contains(month) else {
            return false
        }
        return matchesMonthDay(day, weekday, days) && matchesWeekday(day, weekday, days)
    }

    private func matchesMonthDay(_ day: Int, _ weekday: Int, _ days: Int) -> Bool {
        switch monthDay {
        case .any: return true
        case .values(let values): return values.contains(day)
        case .last: return day == days
        case .workingDay(let wanted):
            let target = min(wanted ?? days, days)
            // The weekday of the target: 0 is Sunday, 6 is Saturday.
            switch ((weekday - 1 + target - day) % 7 + 7) % 7 {
            case 6: return day == (target == 1 ? 3 : target - 1)
            case 0: return day == (target == days ? target - 2 : target + 1)
            default: return day == target
            }
        case .occurrence: return false
        }
    }

    private func matchesWeekday(_ day: Int, _ weekday: Int, _ days: Int) -> Bool {
        switch self.weekday {
        case .any: true
        case .values(let values): values.contains(weekday)
        case .last(let wanted): weekday == wanted ?? 7 && (wanted == nil || day > days - 7)
        case .occurrence(let wanted, let count): weekday == wanted && (day - 1) / 7 + 1 == count
        case .workingDay: false
        }
    }

    private static func monthDay(_ field: String) -> Day? {
        switch field {
        case "?", "*": return .any
        case "L": return .last(nil)
        case "LW": return .workingDay(nil)
        case _ where field.hasSuffix("W"):
            return Int(field.dropLast()).flatMap { (1...31).contains($0) ? .workingDay($0) : nil }
        default: return values(field, 1...31).map { .values($0) }
        }
    }

    private static func weekday(_ field: String) -> Day? {
        if field == "?" || field == "*" { return .any }
        if field == "L" { return .last(nil) }
        if let mark = field.firstIndex(of: "#") {
            guard let weekday = number(String(field[..<mark]), dayNames, from: 1), (1...7).contains(weekday),
                let count = Int(field[field.index(after: mark)...]), (1...5).contains(count)
            else { return nil }
            return .occurrence(weekday: weekday, count: count)
        }
        if field.hasSuffix("L"), let weekday = number(String(field.dropLast()), dayNames, from: 1) {
            return (1...7).contains(weekday) ? .last(weekday) : nil
        }
        return values(field, 1...7, dayNames).map { .values($0) }
    }

    /// `*`, `5`, `1-5`, `*/15`, `0/5`, `MON-FRI`, and lists of them.
    private static func values(_ field: String, _ range: ClosedRange<Int>, _ names: [String] = []) -> Set<Int>? {
        var result: Set<Int> = []
        for item in field.split(separator: ",", omittingEmptySubsequences: false) {
            let parts = item.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            guard parts.count <= 2, let step = parts.count == 2 ? Int(parts[1]) : 1, step > 0 else { return nil }
            var (low, high) = (range.lowerBound, range.upperBound)
            if parts[0] != "*" {
                let bounds = parts[0].split(separator: "-", omittingEmptySubsequences: false).map(String.init)
                guard bounds.count <= 2, let first = number(bounds[0], names, from: range.lowerBound) else {
                    return nil
                }
                low = first
                if bounds.count == 2 {
                    guard let last = number(bounds[1], names, from: range.lowerBound) else { return nil }
                    high = last
                } else if parts.count == 1 {
                    high = first
                }
            }
            guard range.contains(low), range.contains(high), low <= high else { return nil }
            result.formUnion(stride(from: low, through: high, by: step))
        }
        return result
    }

    private static func number(_ text: String, _ names: [String], from first: Int) -> Int? {
        Int(text) ?? names.firstIndex(of: text).map { $0 + first }
    }
}
