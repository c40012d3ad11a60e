import AWSRequests
import AWSSignature
import Activity
import HTTPGateway
import HTTPListener
import Logging
import NIOCore
import SAMTemplate
import WebSocketGateway

/// Gateways on a real port, with stubs for functions.
struct GatewayServer: Sendable {
    static let credentials = Credentials(accessKeyID: "LOCAL", secretAccessKey: "secret", sessionToken: "session")

    let port: Int
    let webSocket: WebSocketGateway
    let log: CallLog

    /// Serves while the body runs, and has stopped when this returns.
    static func run(
        _ routes: [WebSocketAPI.Route] = [],
        selection: String = "$request.body.action",
        http: HTTPAPI? = nil,
        limits: WebSocketGateway.Limits = .init(),
        stage: Stage = Stage(name: "live"),
        functions: [String: StubInvoker.Function],
        checkToken: @escaping HTTPGateway.TokenCheck = { _, _ in .invalid("no tokens here") },
        log: CallLog = CallLog(),
        _ body: (GatewayServer) async throws -> Void
    ) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let invoker = StubInvoker(functions: functions, log: log)
        var api = WebSocketAPI(
            logicalID: "WebSocketApi",
            apiID: "a1b2c3d4e5",
            routeSelectionExpression: selection,
            stage: stage
        )
        api.routes = routes
        let webSocket = WebSocketGateway(
            api: api,
            region: "us-east-1",
            accountID: "123456789012",
            limits: limits,
            invoker: invoker,
            recorder: ActivityRecorder(),
            logger: logger
        )
        let httpGateway = http.map { api in
            HTTPGateway(
                api: api,
                region: "us-east-1",
                accountID: "123456789012",
                invoker: invoker,
                checkToken: checkToken,
                recorder: ActivityRecorder(),
                logger: logger
            )
        }
        let connections = ConnectionsAPI(
            gateways: [webSocket],
            verifier: RequestVerifier(SignatureVerifier(service: "execute-api") { $0 == "LOCAL" ? credentials : nil })
        )
        let responder = GatewayResponder(webSocket: webSocket, http: httpGateway, connections: connections)
        let listener = try await HTTPListener.bind(port: 0, policy: .anyTestHost, responder: responder, logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await listener.serve() }
            defer { group.cancelAll() }
            try await body(GatewayServer(port: listener.port, webSocket: webSocket, log: log))
        }
    }
}

private struct GatewayResponder: RequestResponder {
    let webSocket: WebSocketGateway
    let http: HTTPGateway?
    let connections: ConnectionsAPI

    func respond(to request: IncomingRequest) async -> OutgoingResponse {
        if let response = connections.respond(to: AWSRequest(request)) { return response }
        guard let http else { return WebSocketGateway.respondToPlainRequest() }
        return await http.respond(to: request, path: request.path)
    }

    func upgrade(_ request: IncomingRequest) async -> UpgradeDecision { await webSocket.upgrade(request) }
}

extension WebSocketAPI.Route {
    /// A route; by default its function is named by the key without a dollar sign.
    static func to(_ key: String, function: String? = nil, returns: Bool = false) -> Self {
        let name = function ?? String(key.drop { $0 == "$" })
        var route = Self(key: key, integration: .function(logicalID: name, timeout: 29_000))
        route.returnsResponse = returns
        return route
    }

    func authorized(by function: String = "authorize", sources: [String] = []) -> Self {
        var route = self
        route.authorizer = .init(logicalID: "Authorizer", function: function, identitySources: sources)
        return route
    }
}
