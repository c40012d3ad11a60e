/// The time at which a blocking call gives up.
public struct Deadline: Sendable, Comparable {
    private let instant: ContinuousClock.Instant

    /// A deadline `duration` from now.
    public init(after duration: Duration) {
        instant = ContinuousClock.now.advanced(by: duration)
    }

    /// Whether no time is left.
    public var hasPassed: Bool {
        ContinuousClock.now >= instant
    }

    /// The time left; zero after the deadline.
    public var remaining: Duration {
        max(.zero, ContinuousClock.now.duration(to: instant))
    }

    public static func < (left: Deadline, right: Deadline) -> Bool {
        left.instant < right.instant
    }
}

extension Duration {
    /// Whole milliseconds, rounded up so that a wait of less than a millisecond does not become a busy loop.
    public var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    }
}
