import ChatCore
import Connections
import RateLimits

/// Keeps a connection open, and enters it into the connection map again if Redis lost it.
///
/// The client gets a reply only if it sent a `requestId`.
struct HeartbeatHandler: LambdaHandler {
    let connections: ConnectionMap
    let limiter: RateLimiter

    func handle(_ event: WebSocketEvent, context: LambdaContext) async throws -> WebSocketResponse {
        let connection = try await connections.connection(of: event)
        let request: Request = try event.request()
        let user = connection.user
        try limiter.requireNotLimited(.heartbeat, by: user)
        let wait = try await connections.enter(
            connection,
            charge: limiter.command(for: .heartbeat, by: user, mode: .refusing)
        )
        guard wait == 0 else {
            limiter.record(wait, for: .heartbeat, by: user)
            throw ChatError.rateLimited(.heartbeat, wait: wait)
        }
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
