/// A function's response to a ``WebSocketEvent``.
///
/// For `$connect`, the status accepts or refuses the handshake. For a message, API Gateway ignores the status and sends
/// the body to the client if the route has a route response.
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
