import ChatCore
import Connections

/// Forgets a connection that was closed. API Gateway does not promise to tell: what it misses is found gone by the next
/// push, or expires.
struct DisconnectHandler: LambdaHandler {
    let connections: ConnectionMap

    func handle(_ event: WebSocketEvent, context: LambdaContext) async throws -> WebSocketResponse {
        try await connections.remove(event.connection, of: try? event.caller())
        return .ok
    }
}
