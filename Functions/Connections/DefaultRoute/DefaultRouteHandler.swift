import ChatCore

/// Answers what no other route takes: a message without a known `action`.
struct DefaultRouteHandler: LambdaHandler {
    static let actions = ["heartbeat", "send-message", "read-messages"]

    func handle(_ event: WebSocketEvent, context: LambdaContext) async throws -> WebSocketResponse {
        let request: Request = try event.request()
        // With a known action it is here only because API Gateway could not read it, and our reader takes more.
        if let action = request.action, Self.actions.contains(action) {
            throw ChatError(.invalidRequest, "The request must be valid JSON.")
        }
        let actions = Self.actions.map { "`\($0)`" }.joined(separator: ", ")
        throw ChatError(.unknownAction, "`action` must be one of \(actions).")
    }
}

extension DefaultRouteHandler {
    /// Any JSON object.
    struct Request: RequestBody {
        var action: String?

        init(_ fields: RequestFields) {
            action = try? fields.optionalString("action", 1...128)
        }
    }
}
