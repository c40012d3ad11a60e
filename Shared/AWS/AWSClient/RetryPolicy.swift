/// How often, and after which pauses, a request is tried again.
public struct RetryPolicy: Sendable {
    /// Attempts in all.
    public var maximumAttempts: Int
    /// The longest pause before the second attempt; it doubles before each one after.
    public var baseDelay: Duration
    public var maximumDelay: Duration
    /// For a single attempt; one that hangs must leave time for another. It is long, because an attempt that is only
    /// slow has its effect twice if it is given up and made again.
    public var attemptTimeLimit: Duration
    /// For all attempts of one call together.
    public var timeLimit: Duration

    public init(
        maximumAttempts: Int = 4,
        baseDelay: Duration = .milliseconds(100),
        maximumDelay: Duration = .seconds(2),
        attemptTimeLimit: Duration = .seconds(10),
        timeLimit: Duration = .seconds(15)
    ) {
        self.maximumAttempts = maximumAttempts
        self.baseDelay = baseDelay
        self.maximumDelay = maximumDelay
        self.attemptTimeLimit = attemptTimeLimit
        self.timeLimit = timeLimit
    }

    /// The pause after that many attempts: any part of an exponentially growing one ("full jitter"), so that those who
    /// were refused together do not come back together.
    /// https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    /// - Parameter random: From 0 to 1.
    func delay(afterAttempts attempts: Int, random: Double) -> Duration {
        var longest = baseDelay
        for _ in 1..<max(attempts, 1) where longest < maximumDelay { longest *= 2 }
        return min(longest, maximumDelay) * random
    }
}
