public import ChatCore

/// Where `@connections` of one API and stage is: `https://{domainName}/{stage}`, or what
/// `AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI` says.
public struct ManagementEndpoint: Sendable, Hashable {
    /// Without a trailing slash.
    public var url: String

    public init(url: String) { self.url = url }
}

/// What became of a payload on its way to one connection.
public enum Delivery: Sendable, Hashable {
    case delivered
    /// The connection no longer exists (410).
    case gone
    /// Neither delivered nor known to be gone, after every retry; the reason is for the log.
    case failed(reason: String)
}

/// Sends to WebSocket connections through API Gateway's `@connections` API.
public protocol ConnectionSender: Sendable {
    /// Posts one payload to every connection, many at a time. Never throws: one connection's failure is its own.
    func post(_ payload: [UInt8], to connections: [ConnectionID], at endpoint: ManagementEndpoint) async
        -> [ConnectionID: Delivery]
}
