/// What a template describes, resolved: every parameter, intrinsic function and global applied.
public struct Application: Sendable, Hashable {
    public var functions: [FunctionResource] = []
    public var webSocketAPIs: [WebSocketAPI] = []
    public var httpAPIs: [HTTPAPI] = []
    public var buckets: [BucketResource] = []
    public var queues: [QueueResource] = []
    public var eventSourceMappings: [EventSourceMapping] = []
    public var schedules: [ScheduleResource] = []
    public var customResources: [CustomResource] = []
    public var outputs: [String: String] = [:]
    /// What stands in the template and is not emulated; never dropped in silence.
    public var unsupported: [Unsupported] = []

    public init() {}

    /// A resource, a property or an intrinsic that the runtime leaves out.
    public struct Unsupported: Sendable, Hashable {
        public var logicalID: String
        /// The resource's type, `AWS::SNS::Topic`.
        public var type: String
        /// What is missing and what follows, in a sentence; nil where the whole resource is left out.
        public var detail: String?

        public init(logicalID: String, type: String, detail: String? = nil) {
            self.logicalID = logicalID
            self.type = type
            self.detail = detail
        }
    }
}

/// `AWS::Serverless::Function` or `AWS::Lambda::Function`.
public struct FunctionResource: Sendable, Hashable {
    public var logicalID: String
    /// `FunctionName`, or the logical id.
    public var name: String
    public var arn: String
    public var handler: String
    public var runtime: String
    /// `CodeUri` or a local `Code`, as written: relative to the template's folder.
    public var codeURI: String?
    public var environment: [String: String] = [:]
    /// Seconds, 1 to 900; 3 by default as on AWS.
    public var timeout: Int = 3
    /// Megabytes.
    public var memorySize: Int = 128
    public var reservedConcurrency: Int?
    public var asynchronous = AsynchronousSettings()

    public init(logicalID: String, name: String, arn: String, handler: String, runtime: String) {
        self.logicalID = logicalID
        self.name = name
        self.arn = arn
        self.handler = handler
        self.runtime = runtime
    }
}

/// A stage of a WebSocket or HTTP API.
public struct Stage: Sendable, Hashable {
    public var name: String
    public var variables: [String: String] = [:]
    /// Requests a second; nil where the template sets none.
    public var throttlingRateLimit: Double?
    public var throttlingBurstLimit: Int?

    public init(name: String) { self.name = name }
}

/// What a route calls.
public enum Integration: Sendable, Hashable {
    /// A Lambda proxy integration: the function's logical id, and the time limit in milliseconds.
    case function(logicalID: String, timeout: Int)
    case mock
    /// Anything else; the text says what, and the application's `unsupported` lists it too.
    case unsupported(String)
}

// MARK: WebSocket

/// A WebSocket API with the stage that it is served under.
public struct WebSocketAPI: Sendable, Hashable {
    public struct Route: Sendable, Hashable {
        /// `$connect`, `$disconnect`, `$default` or what the selection expression yields.
        public var key: String
        public var integration: Integration?
        /// Whether the route has a `$default` route response, so that the function's body is sent to the client.
        public var returnsResponse = false
        public var authorizer: RequestAuthorizer?

        public init(key: String, integration: Integration?) {
            self.key = key
            self.integration = integration
        }
    }

    /// A `REQUEST` authorizer of `$connect`.
    public struct RequestAuthorizer: Sendable, Hashable {
        public var logicalID: String
        /// The function's logical id.
        public var function: String
        /// `route.request.header.X`, `route.request.querystring.X`, `context.X`, `stageVariables.X`.
        public var identitySources: [String]

        public init(logicalID: String, function: String, identitySources: [String]) {
            self.logicalID = logicalID
            self.function = function
            self.identitySources = identitySources
        }
    }

    public var logicalID: String
    /// Ten lower-case characters, always the same for the same logical id.
    public var apiID: String
    public var routeSelectionExpression: String
    public var stage: Stage
    public var routes: [Route] = []

    public init(logicalID: String, apiID: String, routeSelectionExpression: String, stage: Stage) {
        self.logicalID = logicalID
        self.apiID = apiID
        self.routeSelectionExpression = routeSelectionExpression
        self.stage = stage
    }
}

// MARK: HTTP

/// An HTTP API with the stage that it is served under, `$default` unless the template names another.
public struct HTTPAPI: Sendable, Hashable {
    public struct Route: Sendable, Hashable {
        /// Upper case, or `ANY`; empty for the `$default` route.
        public var method: String
        /// `/conversations/{conversationId}`, `/{proxy+}`; `$default` for the default route.
        public var path: String
        public var integration: Integration
        /// `2.0` or `1.0`.
        public var payloadFormatVersion = "2.0"
        public var authorizer: Authorizer?

        public init(method: String, path: String, integration: Integration) {
            self.method = method
            self.path = path
            self.integration = integration
        }

        /// `GET /conversations/{conversationId}`, or `$default`.
        public var key: String { path == "$default" ? path : "\(method) \(path)" }
    }

    public enum Authorizer: Sendable, Hashable {
        case jwt(JWT)
        case request(Request)

        public struct JWT: Sendable, Hashable {
            public var name: String
            public var issuer: String
            public var audience: [String]
            /// `$request.header.Authorization` by default.
            public var identitySource: String
            /// A token must carry one of them, where any are named.
            public var scopes: [String]

            public init(name: String, issuer: String, audience: [String], identitySource: String, scopes: [String]) {
                self.name = name
                self.issuer = issuer
                self.audience = audience
                self.identitySource = identitySource
                self.scopes = scopes
            }
        }

        public struct Request: Sendable, Hashable {
            public var name: String
            /// The function's logical id.
            public var function: String
            public var identitySources: [String]
            /// `2.0` or `1.0`.
            public var payloadFormatVersion: String
            public var enablesSimpleResponses: Bool
            /// Seconds; 0 turns caching off.
            public var resultTimeToLive: Int

            public init(
                name: String,
                function: String,
                identitySources: [String],
                payloadFormatVersion: String,
                enablesSimpleResponses: Bool,
                resultTimeToLive: Int
            ) {
                self.name = name
                self.function = function
                self.identitySources = identitySources
                self.payloadFormatVersion = payloadFormatVersion
                self.enablesSimpleResponses = enablesSimpleResponses
                self.resultTimeToLive = resultTimeToLive
            }
        }
    }

    public struct CORS: Sendable, Hashable {
        public var allowOrigins: [String] = []
        public var allowMethods: [String] = []
        public var allowHeaders: [String] = []
        public var exposeHeaders: [String] = []
        /// Seconds.
        public var maxAge: Int?
        public var allowCredentials = false

        public init() {}
    }

    public var logicalID: String
    public var apiID: String
    public var stage: Stage
    public var routes: [Route] = []
    public var cors: CORS?

    public init(logicalID: String, apiID: String, stage: Stage) {
        self.logicalID = logicalID
        self.apiID = apiID
        self.stage = stage
    }
}

// MARK: Custom resources

/// `Custom::X` or `AWS::CloudFormation::CustomResource` whose service token is a function of the same template.
///
/// The runtime sends each of them one `Create` request at start, before it serves anyone, as a deployment would.
public struct CustomResource: Sendable, Hashable {
    public var logicalID: String
    public var type: String
    /// The function's logical id.
    public var function: String
    /// `ResourceProperties` as JSON text, `ServiceToken` included.
    public var properties: String

    public init(logicalID: String, type: String, function: String, properties: String) {
        self.logicalID = logicalID
        self.type = type
        self.function = function
        self.properties = properties
    }
}
