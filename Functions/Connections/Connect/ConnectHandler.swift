import ChatCore
import Connections

/// Adds a new connection to the connection map. A failure refuses the handshake: without an entry, no push would reach
/// the connection.
struct ConnectHandler: LambdaHandler {
    let connections: ConnectionMap

    func handle(_ event: WebSocketEvent, context: LambdaContext) async throws -> WebSocketResponse {
        try await connections.add(event.connection, of: try event.caller())
        return .ok
    }
}
