import ChatCore
import Connections

/// Keeps a connection known, and makes it known again if Redis lost it. Only who names a request gets a reply.
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
    struct Request: RequestBody {
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
