/// What a function answers to a ``WebSocketEvent``.
///
/// For `$connect` the status decides about the handshake. For a message API Gateway sends the body to the client, where
/// the route has a route response, and nobody sees the status.
public struct WebSocketResponse: Encodable, Sendable, Equatable {
    public var statusCode: Int
    public var headers: [String: String]?
    public var body: String?

    public init(statusCode: Int, headers: [String: String]? = nil, body: String? = nil) {
        self.statusCode = statusCode
        self.headers = headers
        self.body = body
    }

    /// 200 without a body.
    public static let ok = WebSocketResponse(statusCode: 200)
}
