import ChatCore

/// Answers what no other route takes: a message without a known `action`.
struct DefaultRouteHandler: LambdaHandler {
    static let actions = ["heartbeat", "send-message", "read-messages"]

    func handle(_ event: WebSocketEvent, context: LambdaContext) async throws -> WebSocketResponse {
        let _: Request = try event.request()
        let actions = Self.actions.map { "`\($0)`" }.joined(separator: ", ")
        throw ChatError(.unknownAction, "`action` must be one of \(actions).")
    }
}

extension DefaultRouteHandler {
    /// Any JSON object.
    struct Request: RequestBody {
        init(_ fields: RequestFields) {}
    }
}
