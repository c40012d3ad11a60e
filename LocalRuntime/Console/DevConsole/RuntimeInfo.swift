/// The response to `GET /_local/info`: the addresses, APIs and functions of the run.
public struct RuntimeInfo: Sendable, Hashable, Encodable {
    public struct API: Sendable, Hashable, Encodable {
        public enum Transport: String, Sendable, Hashable, Encodable {
            case webSocket = "WEBSOCKET"
            case http = "HTTP"
        }

        public var logicalId: String
        public var `protocol`: Transport
        public var stage: String
        public var url: String
        /// Route keys as API Gateway writes them: `$connect`, `send-message`, `GET /conversations/{conversationId}`.
        public var routes: [String]

        public init(logicalId: String, protocol: Transport, stage: String, url: String, routes: [String]) {
            self.logicalId = logicalId
            self.protocol = `protocol`
            self.stage = stage
            self.url = url
            self.routes = routes
        }
    }

    public struct Function: Sendable, Hashable, Encodable {
        public var name: String
        public var handler: String

        public init(name: String, handler: String) {
            self.name = name
            self.handler = handler
        }
    }

    /// An access key for the AWS services at ``RuntimeInfo/servicesURL``.
    public struct AccessKey: Sendable, Hashable, Encodable {
        public var accessKeyId: String
        public var secretAccessKey: String

        public init(accessKeyId: String, secretAccessKey: String) {
            self.accessKeyId = accessKeyId
            self.secretAccessKey = secretAccessKey
        }
    }

    /// The template's file name, for display.
    public var template: String?
    /// The first WebSocket API's address; nil if the template has none.
    public var webSocketURL: String?
    /// The first HTTP API's address; nil if the template has none.
    public var httpURL: String?
    public var servicesURL: String
    public var apis: [API]
    public var functions: [Function]
    /// Nil in responses to pages of other origins.
    public var credentials: AccessKey?

    public init(
        template: String?,
        webSocketURL: String?,
        httpURL: String?,
        servicesURL: String,
        apis: [API],
        functions: [Function],
        credentials: AccessKey?
    ) {
        self.template = template
        self.webSocketURL = webSocketURL
        self.httpURL = httpURL
        self.servicesURL = servicesURL
        self.apis = apis
        self.functions = functions
        self.credentials = credentials
    }
}

/// The response to `GET /_local/health`.
public struct HealthReport: Sendable, Hashable, Encodable {
    public struct Check: Sendable, Hashable, Encodable {
        public var name: String
        public var isHealthy: Bool
        /// The problem in a sentence; nil if the check is healthy.
        public var detail: String?

        public init(name: String, isHealthy: Bool, detail: String? = nil) {
            self.name = name
            self.isHealthy = isHealthy
            self.detail = detail
        }
    }

    /// Whether all checks are healthy.
    public var isHealthy: Bool
    public var checks: [Check]

    public init(checks: [Check]) {
        self.isHealthy = checks.allSatisfy(\.isHealthy)
        self.checks = checks
    }
}
