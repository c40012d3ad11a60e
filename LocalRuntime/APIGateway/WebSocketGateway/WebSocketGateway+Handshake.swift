import EmulatorCore
import GatewayCore
public import HTTPListener
import NIOCore
import NIOHTTP1
import SAMTemplate

extension WebSocketGateway {
    /// Authorizes a handshake and runs `$connect`. The handshake stays pending until both have finished.
    public func upgrade(_ request: IncomingRequest) async -> UpgradeDecision {
        let requestID = GatewayIdentifier.request()
        var connection = newConnection(request, authorizer: nil)
        guard request.uri.utf8.count <= limits.handshakeURL else { return refuse(414, connection, requestID) }
        guard !refusesHandshakes else { return refuse(503, connection, requestID) }
        var headers = HTTPHeaders()
        if let route = routes["$connect"] {
            guard throttle.admits(route.key) else { return refuse(429, connection, requestID) }
            if let settings = route.authorizer {
                let authorizer = ConnectAuthorizer(
                    settings: settings,
                    events: events,
                    invoker: integrations.invoker,
                    recorder: integrations.recorder,
                    logger: integrations.logger
                )
                switch await authorizer.authorize(connection, request: request, requestID: requestID) {
                case .allowed(let context):
                    connection = newConnection(request, id: connection.id, authorizer: context)
                case .refused(let status): return refuse(status, connection, requestID)
                }
            }
            switch await runConnect(route, connection, request, requestID) {
            case .success(let accepted): headers = accepted
            case .failure(let refusal): return refuse(refusal.status, connection, requestID)
            }
        }
        let accepted = connection
        register(accepted)
        return .accept(
            AcceptedUpgrade(
                headers: headers,
                session: { await self.serve(accepted, on: $0) },
                abandoned: { await self.disconnected(accepted, WebSocketClosure(code: 1006, reason: "")) }
            )
        )
    }

    /// The response to a plain HTTP request for the API's address.
    public static func respondToPlainRequest() -> OutgoingResponse {
        .message(
            .upgradeRequired,
            "Upgrade Required",
            headers: ["Connection": "Upgrade", "Upgrade": "websocket"]
        )
    }

    private struct Refusal: Error {
        /// The HTTP status of the refused handshake.
        var status: Int
    }

    /// Runs `$connect`; returns the headers of the 101 response.
    private func runConnect(
        _ route: WebSocketAPI.Route,
        _ connection: WebSocketConnection,
        _ request: IncomingRequest,
        _ requestID: String
    ) async -> Result<HTTPHeaders, Refusal> {
        let event = events.connect(connection, request: request, requestID: requestID)
        switch await integrations.run(route, event, for: connection) {
        case .response(let response) where (200..<300).contains(response.statusCode):
            var headers = HTTPHeaders()
            if let subprotocol = response.header("Sec-WebSocket-Protocol") {
                headers.add(name: "Sec-WebSocket-Protocol", value: subprotocol)
            }
            return headers.areWellFormed ? .success(headers) : .failure(Refusal(status: 502))
        case .response(let response): return .failure(Refusal(status: response.statusCode))
        case .mock: return .success([:])
        case .timedOut: return .failure(Refusal(status: 504))
        case .failed: return .failure(Refusal(status: 502))
        }
    }

    private func newConnection(
        _ request: IncomingRequest,
        id: String = GatewayIdentifier.connection(),
        authorizer: [String: String]?
    ) -> WebSocketConnection {
        WebSocketConnection(
            id: id,
            connectedAt: .now,
            sourceIP: request.remoteAddress,
            userAgent: request.headers.first(name: "user-agent"),
            domainName: request.headers.first(name: "host") ?? "localhost",
            authorizer: authorizer
        )
    }

    private func refuse(_ status: Int, _ connection: WebSocketConnection, _ requestID: String) -> UpgradeDecision {
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
                body: .bytes(connection.errorMessage(message, requestID: requestID))
            )
        )
    }
}

extension WebSocketConnection {
    /// A message about a failure of the gateway, in AWS's exact form: clients are known to compare its text, including
    /// the space after the first colon.
    func errorMessage(_ message: String, requestID: String) -> ByteBuffer {
        ByteBuffer(string: #"{"message": "\#(message)", "connectionId":"\#(id)", "requestId":"\#(requestID)"}"#)
    }
}
