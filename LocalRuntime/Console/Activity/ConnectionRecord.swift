/// One open WebSocket connection, as the console shows it.
public struct ConnectionRecord: Sendable, Hashable, Encodable {
    public var id: String
    /// The API's logical id in the template.
    public var api: String
    public var stage: String
    /// Milliseconds since the epoch.
    public var connectedAt: Int64
    /// Milliseconds since the epoch of the last message in either direction.
    public var lastActiveAt: Int64
    public var sourceIP: String
    public var userAgent: String?
    /// The `principalId` from the authorizer; nil without one.
    public var principal: String?
    public var messagesIn = 0
    public var messagesOut = 0

    public init(
        id: String,
        api: String,
        stage: String,
        connectedAt: Int64,
        sourceIP: String,
        userAgent: String?,
        principal: String?
    ) {
        self.id = id
        self.api = api
        self.stage = stage
        self.connectedAt = connectedAt
        self.lastActiveAt = connectedAt
        self.sourceIP = sourceIP
        self.userAgent = userAgent
        self.principal = principal
    }
}
