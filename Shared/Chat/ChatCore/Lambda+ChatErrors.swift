extension Lambda {
    /// Runs a function of a WebSocket API; what it throws becomes what the client sees.
    public static func run<Handler: LambdaHandler>(
        _ makeHandler: () async throws -> Handler
    ) async throws where Handler.Event == WebSocketEvent, Handler.Output == WebSocketResponse {
        try await runAsItIs { WebSocketErrorBoundary(handler: try await makeHandler()) }
    }

    /// Runs a function of an HTTP API; what it throws becomes what the client sees.
    public static func run<Handler: LambdaHandler>(
        _ makeHandler: () async throws -> Handler
    ) async throws where Handler.Event == HTTPEvent, Handler.Output == HTTPResponse {
        try await runAsItIs { HTTPErrorBoundary(handler: try await makeHandler()) }
    }

    /// Knows nothing of the handler's types, so that the compiler chooses LambdaRuntime's `run`.
    private static func runAsItIs<Handler: LambdaHandler>(_ makeHandler: () async throws -> Handler) async throws {
        try await run(makeHandler)
    }
}

/// Turns what a WebSocket function throws into a reply, and for `$connect` into the status of the handshake.
struct WebSocketErrorBoundary<Handler: LambdaHandler>: LambdaHandler
where Handler.Event == WebSocketEvent, Handler.Output == WebSocketResponse {
    let handler: Handler

    func handle(_ event: WebSocketEvent, context: LambdaContext) async throws -> WebSocketResponse {
        do {
            return try await handler.handle(event, context: context)
        } catch {
            let failure = ChatError(reporting: error, to: context.logger)
            guard event.requestContext.eventType == .message else {
                return WebSocketResponse(statusCode: failure.code.httpStatus)
            }
            // The status is 200 because the reply is the route's response, and nobody sees the status of a message.
            return try .reply(WebSocketErrorReply(failure, to: event, context: context))
        }
    }
}

/// Turns what an HTTP function throws into a response.
struct HTTPErrorBoundary<Handler: LambdaHandler>: LambdaHandler
where Handler.Event == HTTPEvent, Handler.Output == HTTPResponse {
    let handler: Handler

    func handle(_ event: HTTPEvent, context: LambdaContext) async throws -> HTTPResponse {
        do {
            return try await handler.handle(event, context: context)
        } catch {
            let failure = ChatError(reporting: error, to: context.logger)
            return try .json(
                HTTPErrorBody(failure, context: context),
                status: failure.code.httpStatus,
                headers: failure.headers
            )
        }
    }
}

extension ChatError {
    /// Of an HTTP response that tells of it, which nobody keeps.
    fileprivate var headers: [String: String] {
        var headers = ["cache-control": "no-store"]
        headers["retry-after"] = retryAfter.map { "\($0)" }
        return headers
    }

    /// What the client is told of an error. An error that is ours is logged: the client learns nothing of it.
    fileprivate init(reporting error: any Error, to logger: Logger) {
        self = error as? ChatError ?? .opaque(error)
        if code.httpStatus >= 500 {
            logger.error("Request failed", metadata: ["error": "\(underlying.map(loggable) ?? message)"])
        }
    }
}

/// Our errors describe themselves without content; a coding error quotes what it could not read.
private func loggable(_ error: any Error) -> String {
    switch error {
    case is DecodingError, is EncodingError: "\(type(of: error))"
    default: "\(error)"
    }
}
