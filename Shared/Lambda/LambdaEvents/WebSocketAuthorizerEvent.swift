/// The event for the REQUEST authorizer of a WebSocket API, sent before `$connect`.
///
/// Unlike the event of `$connect`, its headers include `Connection` and `Upgrade`. See
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html>.
public struct WebSocketAuthorizerEvent: Codable, Sendable {
    /// `REQUEST`.
    public var type: String
    /// `arn:aws:execute-api:{region}:{account}:{api}/{stage}/$connect`.
    public var methodArn: String
    public var headers: [String: String]?
    public var multiValueHeaders: [String: [String]]?
    public var queryStringParameters: [String: String]?
    public var multiValueQueryStringParameters: [String: [String]]?
    public var stageVariables: [String: String]?
    public var requestContext: WebSocketEvent.RequestContext

    public init(
        type: String = "REQUEST",
        methodArn: String,
        headers: [String: String]? = nil,
        multiValueHeaders: [String: [String]]? = nil,
        queryStringParameters: [String: String]? = nil,
        multiValueQueryStringParameters: [String: [String]]? = nil,
        stageVariables: [String: String]? = nil,
        requestContext: WebSocketEvent.RequestContext
    ) {
        self.type = type
        self.methodArn = methodArn
        self.headers = headers
        self.multiValueHeaders = multiValueHeaders
        self.queryStringParameters = queryStringParameters
        self.multiValueQueryStringParameters = multiValueQueryStringParameters
        self.stageVariables = stageVariables
        self.requestContext = requestContext
    }
}
