/// An HTTP API and the stage that is served, `$default` unless the template names another.
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
