import ChatCore
import Connections

/// Removes a closed connection from the connection map.
///
/// API Gateway delivers `$disconnect` on a best-effort basis. A connection whose event is lost is removed by the next push
/// to it, or expires.
struct DisconnectHandler: LambdaHandler {
    let connections: ConnectionMap

    func handle(_ event: WebSocketEvent, context: LambdaContext) async throws -> WebSocketResponse {
        try await connections.remove(event.connection, of: try event.authorizedConnection().user)
        return .ok
    }
}
