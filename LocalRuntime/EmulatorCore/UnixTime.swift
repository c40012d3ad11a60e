#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A time in milliseconds since 1970-01-01T00:00:00Z, with the formats that AWS uses.
public struct UnixTime: Sendable, Hashable, Comparable {
    public var milliseconds: Int64

    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    public static var now: UnixTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return UnixTime(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// Whole seconds since 1970.
    public var seconds: Int64 { milliseconds / 1_000 }

    public static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }

    /// `20/Jan/2024:11:55:00 +0000`, as in events of API Gateway.
    public var requestTime: String {
        let fields = calendarFields
        return "\(padded(fields.tm_mday))/\(Self.months[Int(fields.tm_mon)])/\(fields.tm_year + 1900):"
            + "\(timeOfDay(fields)) +0000"
    }

    /// `2024-01-20T11:55:00.123Z`.
    public var iso8601: String {
        let fields = calendarFields
        let fraction = String(milliseconds % 1_000 + 1_000).dropFirst()
        return "\(date(fields, separator: "-"))T\(timeOfDay(fields)).\(fraction)Z"
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, as in HTTP headers (RFC 9110, section 5.6.7).
    public var httpDate: String {
        let fields = calendarFields
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        return "\(days[Int(fields.tm_wday)]), \(padded(fields.tm_mday)) \(Self.months[Int(fields.tm_mon)]) "
            + "\(fields.tm_year + 1900) \(timeOfDay(fields)) GMT"
    }

    /// `2024/01/20`, as in the names of CloudWatch log streams.
    public var datePath: String { date(calendarFields, separator: "/") }

    /// Parses the format of ``httpDate``; nil for any other text, including RFC 9110's two obsolete formats.
    public init?(httpDate text: String) {
        let parts = text.split { $0 == " " || $0 == ":" }
        guard parts.count == 8, parts[7] == "GMT" || parts[7] == "UTC",
            let day = Int32(parts[1]), let month = Self.months.firstIndex(where: { $0 == parts[2] }),
            let year = Int32(parts[3]), let hour = Int32(parts[4]), let minute = Int32(parts[5]),
            let second = Int32(parts[6]), (1...31).contains(day), (1_900...9_999).contains(year)
        else { return nil }
        var fields = tm()
        (fields.tm_mday, fields.tm_mon, fields.tm_year) = (day, Int32(month), year - 1_900)
        (fields.tm_hour, fields.tm_min, fields.tm_sec) = (hour, minute, second)
        self.init(milliseconds: Int64(timegm(&fields)) * 1_000)
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    private var calendarFields: tm {
        var seconds = time_t(milliseconds / 1_000)
        var fields = tm()
        gmtime_r(&seconds, &fields)
        return fields
    }

    private func date(_ fields: tm, separator: String) -> String {
        [String(fields.tm_year + 1900), padded(fields.tm_mon + 1), padded(fields.tm_mday)].joined(separator: separator)
    }

    private func timeOfDay(_ fields: tm) -> String {
        "\(padded(fields.tm_hour)):\(padded(fields.tm_min)):\(padded(fields.tm_sec))"
    }

    private func padded(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
