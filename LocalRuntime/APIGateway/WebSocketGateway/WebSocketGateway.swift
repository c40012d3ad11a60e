public import Activity
import EmulatorCore
import GatewayCore
import HTTPListener
public import LambdaHost
public import Logging
import NIOCore
import NIOHTTP1
public import SAMTemplate
import Synchronization

/// One stage of a WebSocket API: handshakes, message routes and open connections.
///
/// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api.html
public final class WebSocketGateway: Sendable {
    /// API Gateway's quotas for connections.
    ///
    /// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
    public struct Limits: Sendable {
        /// The longest time without a message in either direction, in milliseconds. Pings are assumed not to count; AWS
        /// does not document it.
        public var idle: Int64 = 10 * 60 * 1_000
        /// The longest duration of a connection, in milliseconds.
        public var duration: Int64 = 2 * 60 * 60 * 1_000
        /// The longest request target of a handshake, in bytes.
        public var handshakeURL = 4_096

        public init() {}
    }

    public let api: WebSocketAPI
    let registry = ConnectionRegistry()
    let recorder: ActivityRecorder
    let limits: Limits
    let events: WebSocketEvents
    let integrations: WebSocketIntegrations
    let selection: RouteSelection
    let routes: [String: WebSocketAPI.Route]
    let throttle: RouteThrottle
    /// What the large messages of all connections may take together while they are processed.
    let largeMessages = ByteAllowance(8 * 1_024 * 1_024)
    private let isStopping = Atomic<Bool>(false)

    public init(
        api: WebSocketAPI,
        region: String,
        accountID: String,
        limits: Limits = Limits(),
        invoker: any FunctionInvoker,
        recorder: ActivityRecorder,
        logger: Logger
    ) {
        self.api = api
        self.limits = limits
        self.recorder = recorder
        events = WebSocketEvents(
            apiID: api.apiID,
            stage: api.stage.name,
            stageVariables: api.stage.variables.sorted { $0.key < $1.key },
            region: region,
            accountID: accountID
        )
        integrations = WebSocketIntegrations(
            apiLogicalID: api.logicalID,
            invoker: invoker,
            recorder: recorder,
            logger: logger
        )
        selection = RouteSelection(api.routeSelectionExpression)
        routes = Dictionary(api.routes.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        throttle = RouteThrottle(
            rate: api.stage.throttling.rate,
            burst: api.stage.throttling.burst,
            routes: api.stage.routeThrottling.mapValues { ($0.rate, $0.burst) }
        )
    }

    // MARK: Open connections

    /// Registers a connection. From now on messages can be posted to it, though the client may not have read the 101
    /// response yet.
    func register(_ connection: WebSocketConnection) {
        registry.insert(connection)
        recorder.opened(
            ConnectionRecord(
                id: connection.id,
                api: api.logicalID,
                stage: api.stage.name,
                connectedAt: connection.connectedAt.milliseconds,
                sourceIP: connection.sourceIP,
                userAgent: connection.userAgent,
                principal: connection.authorizer?["principalId"]
            )
        )
        // If `stop()` ran in the meantime, it has not seen this connection.
        if isStopping.load(ordering: .sequentiallyConsistent) { connection.close(code: 1001, reason: "Going away") }
    }

    /// Whether new handshakes are refused because the gateway is stopping.
    var refusesHandshakes: Bool { isStopping.load(ordering: .relaxed) }

    /// The number of open connections.
    public var connectionCount: Int { registry.count }

    /// Closes a connection, as `DELETE @connections` and the console do; false if there is no connection with that id.
    public func disconnect(_ connectionID: String) -> Bool {
        guard let connection = registry[connectionID] else { return false }
        // The id is gone at once, even if the client takes time to answer the close frame.
        registry.remove(connectionID)
        connection.close(code: 1000, reason: "Connection Closed Normally")
        return true
    }

    /// Closes the connections that have exceeded ``Limits``. Call it every few seconds.
    public func closeExpired() {
        let now = UnixTime.now.milliseconds
        for connection in registry.all
        where now - connection.lastActiveAt.milliseconds >= limits.idle
            || now - connection.connectedAt.milliseconds >= limits.duration
        {
            connection.close(code: 1001, reason: "Going away")
        }
    }

    /// Closes all connections and refuses new ones.
    public func stop() {
        isStopping.store(true, ordering: .sequentiallyConsistent)
        for connection in registry.all { connection.close(code: 1001, reason: "Going away") }
    }
}
