import ChatCore

/// Answers a message that no other route accepts, because it has no known `action`.
struct DefaultRouteHandler: LambdaHandler {
    static let actions = ["heartbeat", "authenticate", "send-message", "read-messages"]

    func handle(_ event: WebSocketEvent, context: LambdaContext) async throws -> WebSocketResponse {
        let request: Request = try event.request()
        // API Gateway selects the default route for JSON that it cannot parse, and our decoder is less strict.
        if let action = request.action, Self.actions.contains(action) {
            throw ChatError(.invalidRequest, "The request must be valid JSON.")
        }
        let actions = Self.actions.map { "`\($0)`" }.joined(separator: ", ")
        throw ChatError(.unknownAction, "`action` must be one of \(actions).")
    }
}

extension DefaultRouteHandler {
    /// Any JSON object.
    struct Request: ChatRequest {
        var action: String?

        init(_ fields: RequestFields) {
            action = try? fields.optionalString("action", 1...128)
        }
    }
}
