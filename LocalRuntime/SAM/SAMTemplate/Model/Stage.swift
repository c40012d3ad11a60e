/// A stage of a WebSocket or HTTP API.
public struct Stage: Sendable, Hashable {
    public var name: String
    public var variables: [String: String] = [:]
    /// The limits of routes that are not in ``routeThrottling``.
    public var throttling = Throttling()
    /// The limits of some routes, by route key.
    public var routeThrottling: [String: Throttling] = [:]

    public init(name: String) { self.name = name }

    /// The limits of a route; nil where the template sets none.
    public struct Throttling: Sendable, Hashable {
        /// Requests a second.
        public var rate: Double?
        /// Requests at once.
        public var burst: Int?

        public init(rate: Double? = nil, burst: Int? = nil) {
            self.rate = rate
            self.burst = burst
        }
    }
}
