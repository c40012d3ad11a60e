import FoundationEssentials

/// A time by the clock of Postgres. Clients see ISO 8601 in UTC with milliseconds: `2026-11-21T20:39:16.123Z`.
///
/// All stored times come from the database, because functions run on many machines whose clocks differ, and a later
/// message must not have an earlier time.
public struct Timestamp: Hashable, Sendable, Encodable, CustomStringConvertible {
    /// Microseconds since 1970-01-01T00:00:00Z, the precision of Postgres.
    public var microseconds: Int64

    public init(microseconds: Int64) { self.microseconds = microseconds }

    public var description: String {
        // Half a millisecond more, because the format style truncates and a Double may be slightly too low.
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
