public import ChatCore

/// The address of the `@connections` API of one WebSocket API and stage: `https://{domainName}/{stage}`, or the value of
/// `AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI`.
public struct ManagementEndpoint: Sendable, Hashable {
    /// Without a trailing slash.
    public var url: String

    public init(url: String) { self.url = url }
}

/// The result of posting a payload to one connection.
public enum Delivery: Sendable, Hashable {
    case delivered
    /// The connection no longer exists (410).
    case gone
    /// All attempts failed for another reason, which is for the log.
    case failed(reason: String)
}

/// Sends to WebSocket connections through API Gateway's `@connections` API.
public protocol ConnectionSender: Sendable {
    /// Posts one payload to every connection, many at a time. Never throws: each connection has its own result.
    func post(_ payload: [UInt8], to connections: [ConnectionID], at endpoint: ManagementEndpoint) async
        -> [ConnectionID: Delivery]

    /// Closes every connection. Never throws: each connection has its own result.
    ///
    /// The close code cannot be chosen; clients receive 1000, as they do from API Gateway.
    ///
    /// [DeleteConnection](https://docs.aws.amazon.com/apigatewaymanagementapi/latest/api/API_DeleteConnection.html)
    func close(_ connections: [ConnectionID], at endpoint: ManagementEndpoint) async -> [ConnectionID: Delivery]
}
