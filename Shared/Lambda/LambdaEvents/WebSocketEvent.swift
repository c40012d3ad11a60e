/// The event for a message on a WebSocket connection, and for the opening and closing of the connection.
///
/// Messages have no headers; `$connect` and `$disconnect` have no body. See
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html>.
public struct WebSocketEvent: Codable, Sendable {
    public var headers: [String: String]?
    public var multiValueHeaders: [String: [String]]?
    /// Only for `$connect`, and only if its URL has a query.
    public var queryStringParameters: [String: String]?
    public var multiValueQueryStringParameters: [String: [String]]?
    public var stageVariables: [String: String]?
    public var requestContext: RequestContext
    public var body: String?
    public var isBase64Encoded: Bool

    public init(
        headers: [String: String]? = nil,
        multiValueHeaders: [String: [String]]? = nil,
        queryStringParameters: [String: String]? = nil,
        multiValueQueryStringParameters: [String: [String]]? = nil,
        stageVariables: [String: String]? = nil,
        requestContext: RequestContext,
        body: String? = nil,
        isBase64Encoded: Bool = false
    ) {
        self.headers = headers
        self.multiValueHeaders = multiValueHeaders
        self.queryStringParameters = queryStringParameters
        self.multiValueQueryStringParameters = multiValueQueryStringParameters
        self.stageVariables = stageVariables
        self.requestContext = requestContext
        self.body = body
        self.isBase64Encoded = isBase64Encoded
    }
}

extension WebSocketEvent {
    public enum EventType: String, Codable, Sendable {
        case connect = "CONNECT"
        case message = "MESSAGE"
        case disconnect = "DISCONNECT"
    }

    public struct Identity: Codable, Sendable {
        public var sourceIp: String
        public var userAgent: String?

        public init(sourceIp: String, userAgent: String? = nil) {
            self.sourceIp = sourceIp
            self.userAgent = userAgent
        }
    }

    public struct RequestContext: Codable, Sendable {
        public var routeKey: String
        public var eventType: EventType
        public var extendedRequestId: String
        /// `20/Jan/2024:11:55:00 +0000`.
        public var requestTime: String
        public var messageDirection: String
        public var stage: String
        /// Milliseconds since the Unix epoch; the same in every event of a connection.
        public var connectedAt: Int64
        /// Milliseconds since the Unix epoch.
        public var requestTimeEpoch: Int64
        public var identity: Identity
        public var requestId: String
        public var domainName: String
        public var connectionId: String
        public var apiId: String
        /// The context that the authorizer of `$connect` returned, and its `principalId`.
        public var authorizer: AuthorizerValues?
        /// Only for messages.
        public var messageId: String?
        /// The WebSocket close code; only for `$disconnect`.
        public var disconnectStatusCode: Int?
        public var disconnectReason: String?

        public init(
            routeKey: String,
            eventType: EventType,
            extendedRequestId: String,
            requestTime: String,
            messageDirection: String = "IN",
            stage: String,
            connectedAt: Int64,
            requestTimeEpoch: Int64,
            identity: Identity,
            requestId: String,
            domainName: String,
            connectionId: String,
            apiId: String,
            authorizer: AuthorizerValues? = nil,
            messageId: String? = nil,
            disconnectStatusCode: Int? = nil,
            disconnectReason: String? = nil
        ) {
            self.routeKey = routeKey
            self.eventType = eventType
            self.extendedRequestId = extendedRequestId
            self.requestTime = requestTime
            self.messageDirection = messageDirection
            self.stage = stage
            self.connectedAt = connectedAt
            self.requestTimeEpoch = requestTimeEpoch
            self.identity = identity
            self.requestId = requestId
            self.domainName = domainName
            self.connectionId = connectionId
            self.apiId = apiId
            self.authorizer = authorizer
            self.messageId = messageId
            self.disconnectStatusCode = disconnectStatusCode
            self.disconnectReason = disconnectReason
        }
    }
}
