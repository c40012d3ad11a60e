/// How often a request is retried, and the pauses and time limits.
public struct RetryPolicy: Sendable {
    /// The number of attempts, including the first.
    public var maximumAttempts: Int
    /// The longest pause before the second attempt. It doubles with each further attempt.
    public var baseDelay: Duration
    public var maximumDelay: Duration
    /// The limit for a single attempt, so that one that hangs leaves time for another. It is long because abandoning
    /// and repeating an attempt that is merely slow applies its effect twice.
    public var attemptTimeLimit: Duration
    /// The limit for all attempts of one call.
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

    /// The pause after a number of attempts: exponential back-off with full jitter, so that clients that were throttled
    /// together do not retry together.
    /// https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    /// - Parameter random: 0 to 1.
    func delay(afterAttempts attempts: Int, random: Double) -> Duration {
        var longest = baseDelay
        for _ in 1..<max(attempts, 1) where longest < maximumDelay { longest *= 2 }
        return min(longest, maximumDelay) * random
    }
}
