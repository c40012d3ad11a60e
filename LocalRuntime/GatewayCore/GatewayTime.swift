#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A moment as API Gateway writes it into events.
public struct GatewayTime: Sendable, Hashable, Comparable {
    /// Since the epoch.
    public var milliseconds: Int64

    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    public static var now: GatewayTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return GatewayTime(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }

    public static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }

    /// `20/Jan/2024:11:55:00 +0000`
    public var requestTime: String {
        let fields = calendarFields
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        return "\(padded(fields.tm_mday))/\(months[Int(fields.tm_mon)])/\(fields.tm_year + 1900):"
            + "\(padded(fields.tm_hour)):\(padded(fields.tm_min)):\(padded(fields.tm_sec)) +0000"
    }

    /// `2024-01-20T11:55:00.123Z`
    public var iso8601: String {
        let fields = calendarFields
        let fraction = String(milliseconds % 1_000 + 1_000).dropFirst()
        return "\(fields.tm_year + 1900)-\(padded(fields.tm_mon + 1))-\(padded(fields.tm_mday))T"
            + "\(padded(fields.tm_hour)):\(padded(fields.tm_min)):\(padded(fields.tm_sec)).\(fraction)Z"
    }

    private var calendarFields: tm {
        var seconds = time_t(milliseconds / 1_000)
        var fields = tm()
        gmtime_r(&seconds, &fields)
        return fields
    }

    private func padded(_ number: Int32) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}
