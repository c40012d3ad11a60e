import ChatCore
import Connections

/// Keeps a connection's entry in the connection map alive, and restores it if Redis lost it.
///
/// The client gets a reply only if it sent a `requestId`.
struct HeartbeatHandler: LambdaHandler {
    let connections: ConnectionMap

    func handle(_ event: WebSocketEvent, context: LambdaContext) async throws -> WebSocketResponse {
        let caller = try event.caller()
        let request: Request = try event.request()
        try await connections.add(event.connection, of: caller)
        return try request.requestId.map { try .reply(Reply(requestId: $0)) } ?? .ok
    }
}

extension HeartbeatHandler {
    struct Request: ChatRequest {
        var requestId: String?

        init(_ fields: RequestFields) throws(ChatError) {
            requestId = try fields.requestID()
        }
    }

    struct Reply: Encodable {
        var type = "heartbeat"
        var requestId: String
    }
}
