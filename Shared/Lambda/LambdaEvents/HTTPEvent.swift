/// The event for a request to an HTTP API, in payload format 2.0.
///
/// Header names are in lower case, repeated headers are joined with commas, and path parameters are percent-decoded.
/// See <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>.
public struct HTTPEvent: Codable, Sendable {
    public var version: String
    public var routeKey: String
    public var rawPath: String
    public var rawQueryString: String
    public var cookies: [String]?
    public var headers: [String: String]
    public var queryStringParameters: [String: String]?
    public var pathParameters: [String: String]?
    public var stageVariables: [String: String]?
    public var requestContext: RequestContext
    public var body: String?
    public var isBase64Encoded: Bool

    public init(
        version: String = "2.0",
        routeKey: String,
        rawPath: String,
        rawQueryString: String = "",
        cookies: [String]? = nil,
        headers: [String: String] = [:],
        queryStringParameters: [String: String]? = nil,
        pathParameters: [String: String]? = nil,
        stageVariables: [String: String]? = nil,
        requestContext: RequestContext,
        body: String? = nil,
        isBase64Encoded: Bool = false
    ) {
        self.version = version
        self.routeKey = routeKey
        self.rawPath = rawPath
        self.rawQueryString = rawQueryString
        self.cookies = cookies
        self.headers = headers
        self.queryStringParameters = queryStringParameters
        self.pathParameters = pathParameters
        self.stageVariables = stageVariables
        self.requestContext = requestContext
        self.body = body
        self.isBase64Encoded = isBase64Encoded
    }
}

extension HTTPEvent {
    public struct HTTP: Codable, Sendable {
        public var method: String
        public var path: String
        public var `protocol`: String
        public var sourceIp: String
        public var userAgent: String?

        public init(
            method: String,
            path: String,
            protocol: String = "HTTP/1.1",
            sourceIp: String,
            userAgent: String? = nil
        ) {
            self.method = method
            self.path = path
            self.protocol = `protocol`
            self.sourceIp = sourceIp
            self.userAgent = userAgent
        }
    }

    public struct Authorizer: Codable, Sendable {
        public struct JWT: Codable, Sendable {
            public var claims: AuthorizerValues
            public var scopes: [String]?

            public init(claims: AuthorizerValues, scopes: [String]? = nil) {
                self.claims = claims
                self.scopes = scopes
            }
        }

        /// Set by a JWT authorizer.
        public var jwt: JWT?
        /// The context that a Lambda authorizer returned.
        public var lambda: AuthorizerValues?

        public init(jwt: JWT? = nil, lambda: AuthorizerValues? = nil) {
            self.jwt = jwt
            self.lambda = lambda
        }
    }

    public struct RequestContext: Codable, Sendable {
        public var accountId: String
        public var apiId: String
        public var authorizer: Authorizer?
        public var domainName: String
        public var domainPrefix: String
        public var http: HTTP
        public var requestId: String
        public var routeKey: String
        public var stage: String
        /// `20/Jan/2024:11:55:00 +0000`.
        public var time: String
        /// Milliseconds since the Unix epoch.
        public var timeEpoch: Int64

        public init(
            accountId: String,
            apiId: String,
            authorizer: Authorizer? = nil,
            domainName: String,
            domainPrefix: String,
            http: HTTP,
            requestId: String,
            routeKey: String,
            stage: String = "$default",
            time: String,
            timeEpoch: Int64
        ) {
            self.accountId = accountId
            self.apiId = apiId
            self.authorizer = authorizer
            self.domainName = domainName
            self.domainPrefix = domainPrefix
            self.http = http
            self.requestId = requestId
            self.routeKey = routeKey
            self.stage = stage
            self.time = time
            self.timeEpoch = timeEpoch
        }
    }
}
