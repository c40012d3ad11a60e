/// The event for the REQUEST authorizer of an HTTP API, in payload format 2.0.
///
/// See <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html>.
public struct HTTPAuthorizerEvent: Codable, Sendable {
    public var version: String
    /// `REQUEST`.
    public var type: String
    /// `arn:aws:execute-api:{region}:{account}:{api}/{stage}/{method}/{path}`.
    public var routeArn: String
    /// The values of the authorizer's identity sources.
    public var identitySource: [String]?
    public var routeKey: String
    public var rawPath: String
    public var rawQueryString: String
    public var cookies: [String]?
    /// The names are in lower case.
    public var headers: [String: String]?
    public var queryStringParameters: [String: String]?
    public var pathParameters: [String: String]?
    public var stageVariables: [String: String]?
    public var requestContext: HTTPEvent.RequestContext

    public init(
        version: String = "2.0",
        type: String = "REQUEST",
        routeArn: String,
        identitySource: [String]? = nil,
        routeKey: String,
        rawPath: String,
        rawQueryString: String = "",
        cookies: [String]? = nil,
        headers: [String: String]? = nil,
        queryStringParameters: [String: String]? = nil,
        pathParameters: [String: String]? = nil,
        stageVariables: [String: String]? = nil,
        requestContext: HTTPEvent.RequestContext
    ) {
        self.version = version
        self.type = type
        self.routeArn = routeArn
        self.identitySource = identitySource
        self.routeKey = routeKey
        self.rawPath = rawPath
        self.rawQueryString = rawQueryString
        self.cookies = cookies
        self.headers = headers
        self.queryStringParameters = queryStringParameters
        self.pathParameters = pathParameters
        self.stageVariables = stageVariables
        self.requestContext = requestContext
    }
}

/// The simple response of an HTTP API's authorizer. API Gateway answers 403 unless the request is authorized.
///
/// See <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html>.
public struct HTTPAuthorizerResponse: Encodable, Sendable, Equatable {
    public var isAuthorized: Bool
    /// Included in the event for the request's integration.
    public var context: [String: String]?

    public init(isAuthorized: Bool, context: [String: String]? = nil) {
        self.isAuthorized = isAuthorized
        self.context = context
    }
}
