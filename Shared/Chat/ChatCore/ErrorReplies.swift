/// An error in the form that WebSocket clients receive.
struct WebSocketErrorReply: Encodable {
    var type = "error"
    var action: String
    var code: String
    var message: String
    var requestId: String
    var tempMessageId: String?
    /// In milliseconds from now.
    var retryAfterMs: Int?

    /// Echoes the ids that the client gave the request, if they are valid.
    init(_ error: ChatError, to event: WebSocketEvent, context: LambdaContext) {
        let names = try? event.request(RequestNames.self)
        action = names?.action ?? event.requestContext.routeKey
        code = error.code.description
        message = error.message
        requestId = names?.requestID ?? context.requestID
        tempMessageId = names?.tempMessageID
        retryAfterMs = error.retryAfterMilliseconds
    }
}

private struct RequestNames: ChatRequest {
    var action: String?
    var requestID: String?
    var tempMessageID: String?

    init(_ fields: RequestFields) {
        action = try? fields.optionalString("action", 1...128)
        requestID = try? fields.requestID()
        tempMessageID = try? fields.optionalString("tempMessageId", 1...128)
    }
}

/// An error in the form that HTTP clients receive.
struct HTTPErrorBody: Encodable {
    var code: String
    var message: String
    var requestId: String
    /// In milliseconds from now; the header `Retry-After` has it in seconds.
    var retryAfterMs: Int?

    init(_ error: ChatError, context: LambdaContext) {
        code = error.code.description
        message = error.message
        requestId = context.requestID
        retryAfterMs = error.retryAfterMilliseconds
    }
}

extension RequestFields {
    /// The client's optional id of a WebSocket request, which the reply echoes; at most 128 characters.
    public func requestID() throws(ChatError) -> String? {
        try optionalString("requestId", 0...128)
    }
}
