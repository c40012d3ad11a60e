/// An error as a WebSocket client sees it.
struct WebSocketErrorReply: Encodable {
    var type = "error"
    var action: String
    var code: String
    var message: String
    var requestId: String
    var tempMessageId: String?

    /// Names the request by what the client called it, as far as that is usable.
    init(_ error: ChatError, to event: WebSocketEvent, context: LambdaContext) {
        let names = try? event.request(NamesOfRequest.self)
        action = names?.action ?? event.requestContext.routeKey
        code = error.code.description
        message = error.message
        requestId = names?.requestID ?? context.requestID
        tempMessageId = names?.tempMessageID
    }
}

private struct NamesOfRequest: RequestBody {
    var action: String?
    var requestID: String?
    var tempMessageID: String?

    init(_ fields: RequestFields) {
        action = try? fields.optionalString("action", 1...128)
        requestID = try? fields.requestID()
        tempMessageID = try? fields.optionalString("tempMessageId", 1...128)
    }
}

/// An error as an HTTP client sees it.
struct HTTPErrorBody: Encodable {
    var code: String
    var message: String
    var requestId: String

    init(_ error: ChatError, context: LambdaContext) {
        code = error.code.description
        message = error.message
        requestId = context.requestID
    }
}

extension RequestFields {
    /// What a WebSocket client calls its request, echoed in the reply.
    public func requestID() throws(ChatError) -> String? {
        try optionalString("requestId", 0...128)
    }
}
