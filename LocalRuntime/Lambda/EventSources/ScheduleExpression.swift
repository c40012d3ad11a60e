import Foundation

/// When a schedule runs: `rate(5 minutes)`, `cron(0 12 * * ? *)`, `at(2030-01-01T00:00:00)`.
///
/// https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
struct ScheduleExpression: Sendable {
    private enum Kind {
        /// Seconds.
        case rate(Int)
        case cron(CronFields)
        case at(DateComponents)
    }

    private let kind: Kind
    private let calendar: Calendar

    /// Nil for an expression that EventBridge refuses, or an unknown time zone.
    init?(_ text: String, timeZone: String = "UTC") {
        guard let zone = TimeZone(identifier: timeZone), let open = text.firstIndex(of: "("), text.hasSuffix(")") else {
            return nil
        }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        self.calendar = calendar
        let inside = text[text.index(after: open)...].dropLast()
        switch text[..<open] {
        case "rate":
            guard let seconds = Self.seconds(inside) else { return nil }
            kind = .rate(seconds)
        case "cron":
            guard let fields = CronFields(inside) else { return nil }
            kind = .cron(fields)
        case "at":
            guard let components = Self.components(inside) else { return nil }
            kind = .at(components)
        default:
            return nil
        }
    }

    /// The first run after a date; nil without a run in the next ten years. A rate counts from that date.
    func next(after date: Date) -> Date? {
        switch kind {
        case .rate(let seconds):
            return date.addingTimeInterval(Double(seconds))
        case .at(let components):
            return calendar.date(from: components).flatMap { $0 > date ? $0 : nil }
        case .cron(let fields):
            return next(of: fields, after: date)
        }
    }

    private func next(of fields: CronFields, after date: Date) -> Date? {
        var day = calendar.startOfDay(for: date)
        for _ in 0..<3_660 {
            let parts = calendar.dateComponents([.year, .month, .day, .weekday], from: day)
            let days = calendar.range(of: .day, in: .month, for: day)?.count ?? 31
            if fields.matches(year: parts.year, month: parts.month, day: parts.day, weekday: parts.weekday, days: days)
            {
                for hour in fields.hours {
                    for minute in fields.minutes {
                        var moment = parts
                        moment.weekday = nil
                        (moment.hour, moment.minute) = (hour, minute)
                        // A time that daylight saving skips does not occur on that day.
                        guard let time = calendar.date(from: moment), time > date,
                            calendar.component(.hour, from: time) == hour
                        else { continue }
                        return time
                    }
                }
            }
            guard let tomorrow = calendar.date(byAdding: .day, value: 1, to: day) else { return nil }
            day = tomorrow
        }
        return nil
    }

    /// The seconds of `5 minutes` or `1 minute`.
    private static func seconds(_ text: Substring) -> Int? {
        let parts = text.split(separator: " ")
        guard parts.count == 2, let value = Int(parts[0]), value > 0 else { return nil }
        let units = ["minute": 60, "hour": 3_600, "day": 86_400]
        let unit = parts[1].hasSuffix("s") ? parts[1].dropLast() : parts[1]
        guard (value == 1) == (unit == parts[1]), let seconds = units[String(unit)] else { return nil }
        let (product, isTooLong) = value.multipliedReportingOverflow(by: seconds)
        return isTooLong ? nil : product
    }

    /// `2030-01-01T00:00:00`
    private static func components(_ text: Substring) -> DateComponents? {
        let halves = text.split(separator: "T")
        guard halves.count == 2 else { return nil }
        let date = halves[0].split(separator: "-").compactMap { Int($0) }
        let time = halves[1].split(separator: ":").compactMap { Int($0) }
        guard date.count == 3, time.count == 3 else { return nil }
        return DateComponents(
            year: date[0],
            month: date[1],
            day: date[2],
            hour: time[0],
            minute: time[1],
            second: time[2]
        )
    }
}
