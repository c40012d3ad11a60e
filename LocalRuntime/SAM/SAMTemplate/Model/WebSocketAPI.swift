/// A WebSocket API and the stage that is served.
public struct WebSocketAPI: Sendable, Hashable {
    public struct Route: Sendable, Hashable {
        /// `$connect`, `$disconnect`, `$default` or a value of the route selection expression.
        public var key: String
        public var integration: Integration?
        /// Whether the route has a `$default` route response, which sends the function's body to the client.
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
    /// Ten lower-case characters, derived from the logical id.
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
