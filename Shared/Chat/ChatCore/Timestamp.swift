import FoundationEssentials

/// A moment by Postgres' clock. A client sees ISO 8601 in UTC with milliseconds: `2026-11-21T20:39:16.123Z`.
///
/// Every time that is stored or shown is taken by the database: functions run on many machines whose clocks differ,
/// and a later message must not look older than an earlier one.
public struct Timestamp: Hashable, Sendable, Encodable, CustomStringConvertible {
    /// Since 1970-01-01T00:00:00Z, which is as exact as Postgres is.
    public var microseconds: Int64

    public init(microseconds: Int64) { self.microseconds = microseconds }

    public var description: String {
        // Half a millisecond more keeps the format style's truncation from ending one below.
        let milliseconds = (Double(microseconds / 1000) + 0.5) / 1000
        return Date(timeIntervalSince1970: milliseconds).formatted(
            Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        )
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
