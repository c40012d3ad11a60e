public import RateLimits

extension RateLimiter {
    /// Limits nothing, and asks no server.
    public static var unlimited: RateLimiter { RateLimiter(store: StubRedis(), limits: RateLimits([:])) }
}
