/// A stage of a WebSocket or HTTP API.
public struct Stage: Sendable, Hashable {
    public var name: String
    public var variables: [String: String] = [:]
    /// Requests a second; nil if the template sets no limit.
    public var throttlingRateLimit: Double?
    public var throttlingBurstLimit: Int?

    public init(name: String) { self.name = name }
}
