import AWSRequests
import DevConsole
import HTTPGateway
import HTTPListener
import NIOHTTP1
import SAMTemplate
import WebSocketGateway

/// Routes requests on the public port: the template's APIs, `@connections`, and the console under `/_local`.
///
/// The first WebSocket API is at `/{stage}`, the first HTTP API at `/`, and every API at `/{LogicalId}/…` as well.
struct PublicRouter: RequestResponder {
    let webSocketGateways: [WebSocketGateway]
    let httpGateways: [HTTPGateway]
    let connections: ConnectionsAPI
    let console: DevConsole
    let policy: RequestPolicy

    func upgrade(_ request: IncomingRequest) async -> UpgradeDecision {
        guard let gateway = webSocketGateway(at: request.path) else {
            return .refuse(.message(.forbidden, "Forbidden"))
        }
        return await gateway.upgrade(request)
    }

    func respond(to request: IncomingRequest) async -> OutgoingResponse {
        if let response = await console.respond(to: request) { return response }
        if ConnectionsAPI.matches(request.path), let denial = policy.denial(of: request.headers, for: .none) {
            return .refusal(for: denial)
        }
        if ConnectionsAPI.matches(request.path), let response = connections.respond(to: AWSRequest(request)) {
            return response
        }
        if webSocketGateway(at: request.path) != nil { return WebSocketGateway.respondToPlainRequest() }
        for gateway in httpGateways {
            let prefix = "/" + gateway.api.logicalID
            if request.path == prefix || request.path.hasPrefix(prefix + "/") {
                return await gateway.respond(to: request, path: request.path.dropFirst(prefix.count))
            }
        }
        guard let gateway = httpGateways.first else { return .message(.notFound, "Not Found") }
        return await gateway.respond(to: request, path: request.path)
    }

    private func webSocketGateway(at path: Substring) -> WebSocketGateway? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: true)
        return switch parts.count {
        case 1: webSocketGateways.first { $0.api.stage.name == parts[0] }
        case 2: webSocketGateways.first { $0.api.logicalID == parts[0] && $0.api.stage.name == parts[1] }
        default: nil
        }
    }
}
