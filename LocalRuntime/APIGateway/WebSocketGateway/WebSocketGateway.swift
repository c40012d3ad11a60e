public import Activity
import EmulatorCore
import GatewayCore
public import HTTPListener
public import LambdaHost
public import Logging
import NIOCore
import NIOHTTP1
public import SAMTemplate
import Synchronization

/// One stage of a WebSocket API: handshakes, routes, replies, and who is connected.
///
/// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api.html
public final class WebSocketGateway: Sendable {
    /// Bounds that API Gateway sets to a connection.
    ///
    /// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
    public struct Limits: Sendable {
        /// Milliseconds without a message either way. Pings do not count; that is an assumption, AWS does not say.
        public var idle: Int64 = 10 * 60 * 1_000
        /// Milliseconds that a connection may last.
        public var duration: Int64 = 2 * 60 * 60 * 1_000
        /// Characters of a handshake's request target.
        public var handshakeURL = 4_096

        public init() {}
    }

    public let api: WebSocketAPI
    let registry = ConnectionRegistry()
    let recorder: ActivityRecorder
    private let invoker: any FunctionInvoker
    private let logger: Logger
    private let limits: Limits
    private let events: WebSocketEvents
    private let selection: RouteSelection
    private let routes: [String: WebSocketAPI.Route]
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
        self.invoker = invoker
        self.recorder = recorder
        self.logger = logger
        self.events = WebSocketEvents(
            apiID: api.apiID,
            stage: api.stage.name,
            stageVariables: api.stage.variables.sorted { $0.key < $1.key },
            region: region,
            accountID: accountID
        )
        self.selection = RouteSelection(api.routeSelectionExpression)
        self.routes = Dictionary(api.routes.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    }

    // MARK: Handshake

    /// Authorizes a handshake and runs `$connect`; the handshake stays pending meanwhile.
    public func upgrade(_ request: IncomingRequest) async -> UpgradeDecision {
        let requestID = GatewayIdentifier.request()
        var connection = newConnection(request, authorizer: nil)
        guard request.uri.utf8.count <= limits.handshakeURL else {
            return refuse(414, connection, requestID)
        }
        guard !isStopping.load(ordering: .relaxed) else { return refuse(503, connection, requestID) }
        let route = routes["$connect"]
        if let settings = route?.authorizer {
            let authorizer = ConnectAuthorizer(settings: settings, events: events, invoker: invoker)
            switch await authorizer.judge(connection, request: request, requestID: requestID) {
            case .allowed(let context):
                connection = newConnection(request, id: connection.id, authorizer: context)
            case .refused(let status):
                return refuse(status, connection, requestID)
            }
        }
        var headers = HTTPHeaders()
        if let route {
            let event = events.connect(connection, request: request, requestID: requestID)
            switch await run(route, event) {
            case .answered(let response) where (200..<300).contains(response.statusCode):
                if let chosen = response.header("Sec-WebSocket-Protocol") {
                    headers.add(name: "Sec-WebSocket-Protocol", value: chosen)
                }
                guard headers.areWellFormed else { return refuse(502, connection, requestID) }
            case .answered(let response): return refuse(response.statusCode, connection, requestID)
            case .mocked: break
            case .timedOut: return refuse(504, connection, requestID)
            case .failed: return refuse(502, connection, requestID)
            }
        }
        let accepted = connection
        admit(accepted)
        return .accept(
            AcceptedUpgrade(
                headers: headers,
                session: { await self.serve(accepted, on: $0) },
                abandoned: { await self.leave(accepted, WebSocketClosure(code: 1006, reason: "")) }
            )
        )
    }

    /// Answers a request to the API's address that asks for no WebSocket.
    public static func respondToPlainRequest() -> OutgoingResponse {
        .json(
            .upgradeRequired,
            #"{"message":"Upgrade Required"}"#,
            headers: ["Connection": "Upgrade", "Upgrade": "websocket"]
        )
    }

    private func newConnection(
        _ request: IncomingRequest,
        id: String = GatewayIdentifier.connection(),
        authorizer: [String: String]?
    ) -> Connection {
        Connection(
            id: id,
            connectedAt: .now,
            sourceIP: request.remoteAddress,
            userAgent: request.headers.first(name: "user-agent"),
            domainName: request.headers.first(name: "host") ?? "localhost",
            authorizer: authorizer
        )
    }

    private func refuse(_ status: Int, _ connection: Connection, _ requestID: String) -> UpgradeDecision {
        let message =
            switch status {
            case 401: "Unauthorized"
            case 403: "Forbidden"
            case 500, 502: "Internal server error"
            case 504: "Endpoint request timed out"
            default: HTTPResponseStatus(statusCode: status).reasonPhrase
            }
        return .refuse(
            OutgoingResponse(
                status: HTTPResponseStatus(statusCode: status),
                headers: [
                    "Content-Type": "application/json",
                    "x-amzn-RequestId": requestID,
                    "x-amz-apigw-id": requestID,
                ],
                body: .bytes(errorText(message, connection, requestID))
            )
        )
    }

    private func errorText(_ message: String, _ connection: Connection, _ requestID: String) -> ByteBuffer {
        // The blank after the first colon is AWS's; clients are known to compare the text.
        ByteBuffer(
            string: #"{"message": "\#(message)", "connectionId":"\#(connection.id)", "requestId":"\#(requestID)"}"#
        )
    }

    // MARK: Messages

    /// From now on the connection can be posted to, though the client may not have read the 101 response yet.
    private func admit(_ connection: Connection) {
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
        // Whoever stopped the gateway meanwhile has not seen this connection.
        if isStopping.load(ordering: .sequentiallyConsistent) { connection.close(code: 1001, reason: "Going away") }
    }

    private func serve(_ connection: Connection, on session: WebSocketSession) async {
        connection.open(session)
        await withDiscardingTaskGroup { group in
            // Messages of one connection run at the same time, as they do on AWS; their order is the functions' affair.
            let closure = await session.messages { text in
                connection.touch()
                recorder.moved(connection.id, in: 1, at: connection.lastActiveAt.milliseconds)
                group.addTask { await self.dispatch(text, on: connection) }
            }
            await leave(connection, closure)
        }
    }

    private func leave(_ connection: Connection, _ closure: WebSocketClosure) async {
        registry.remove(connection.id)
        recorder.closed(connection.id, code: closure.code, reason: closure.reason)
        guard let route = routes["$disconnect"] else { return }
        _ = await run(
            route,
            events.disconnect(connection, closure: closure, requestID: GatewayIdentifier.request())
        )
    }

    private func dispatch(_ text: ByteBuffer, on connection: Connection) async {
        let requestID = GatewayIdentifier.request()
        let message = selection.needsMessage ? try? JSONValue(parsing: text) : nil
        let key = selection.key(for: message).flatMap { $0.hasPrefix("$") && $0 != "$default" ? nil : $0 }
        guard let route = key.flatMap({ routes[$0] }) ?? routes["$default"] else {
            reply(errorText("Forbidden", connection, requestID), to: connection)
            return
        }
        let event = events.message(text, on: connection, route: route.key, requestID: requestID)
        switch await run(route, event) {
        case .answered(let response):
            if route.returnsResponse, let body = response.body, body.readableBytes > 0 {
                reply(body, to: connection)
            }
        case .mocked: break
        case .timedOut: reply(errorText("Endpoint request timed out", connection, requestID), to: connection)
        case .failed: reply(errorText("Internal server error", connection, requestID), to: connection)
        }
    }

    private func reply(_ text: ByteBuffer, to connection: Connection) {
        switch connection.send(text) {
        case .sent: recorder.moved(connection.id, out: 1, at: connection.lastActiveAt.milliseconds)
        case .full: connection.close(code: 1008, reason: "The client does not read what it asked for")
        case .closed: break
        }
    }

    // MARK: Integrations

    private enum Answer {
        case answered(ProxyResponse)
        case mocked
        case timedOut
        case failed
    }

    private func run(_ route: WebSocketAPI.Route, _ event: ByteBuffer) async -> Answer {
        switch route.integration {
        case .mock, nil: return .mocked
        case .unsupported: return .failed
        case .function(let function, let timeout):
            let result = await invoker.invoke(
                InvocationRequest(
                    function: function,
                    payload: event,
                    trigger: "WebSocket \(route.key)",
                    callerTimeout: timeout
                )
            )
            switch result.outcome {
            case .response(let payload):
                guard let response = ProxyResponse(strict: payload) else {
                    note("\(function) answered \(route.key) with something that is no proxy response")
                    return .failed
                }
                return .answered(response)
            case .callerTimeout: return .timedOut
            case .functionError, .throttled, .unknownFunction: return .failed
            }
        }
    }

    private func note(_ text: String) {
        logger.warning("\(text)", metadata: ["api": "\(api.logicalID)"])
        recorder.note(Notice(.warning, time: UnixTime.now.milliseconds, text: text))
    }

    // MARK: Lifetime

    /// Closes a connection, as `DELETE @connections` and the console do; false if there is none of that id.
    public func disconnect(_ connectionID: String) -> Bool {
        guard let connection = registry[connectionID] else { return false }
        // It counts as gone from now on, though the client may take its time to answer the close frame.
        registry.remove(connectionID)
        connection.close(code: 1000, reason: "Connection Closed Normally")
        return true
    }

    /// Closes what has been idle or open for too long; to be called every few seconds.
    public func closeExpired() {
        let now = UnixTime.now.milliseconds
        for connection in registry.all
        where now - connection.lastActiveAt.milliseconds >= limits.idle
            || now - connection.connectedAt.milliseconds >= limits.duration
        {
            connection.close(code: 1001, reason: "Going away")
        }
    }

    /// Closes every connection and lets no new one in.
    public func stop() {
        isStopping.store(true, ordering: .sequentiallyConsistent)
        for connection in registry.all { connection.close(code: 1001, reason: "Going away") }
    }

    /// How many connections are open.
    public var connectionCount: Int { registry.count }
}
