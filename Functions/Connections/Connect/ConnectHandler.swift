import ChatCore
import Connections

/// Remembers whose connection was opened. Without an entry nobody can reach it, so a failure refuses the handshake.
struct ConnectHandler: LambdaHandler {
    let connections: ConnectionMap

    func handle(_ event: WebSocketEvent, context: LambdaContext) async throws -> WebSocketResponse {
        try await connections.add(event.connection, of: try event.caller())
        return .ok
    }
}
