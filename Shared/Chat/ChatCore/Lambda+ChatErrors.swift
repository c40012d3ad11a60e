extension Lambda {
    /// Runs a function of a WebSocket API. An error that its handler throws becomes an error reply.
    public static func run<Handler: LambdaHandler>(
        _ makeHandler: () async throws -> Handler
    ) async throws where Handler.Event == WebSocketEvent, Handler.Output == WebSocketResponse {
        try await runUnwrapped { WebSocketErrorBoundary(handler: try await makeHandler()) }
    }

    /// Runs a function of an HTTP API. An error that its handler throws becomes an error response.
    public static func run<Handler: LambdaHandler>(
        _ makeHandler: () async throws -> Handler
    ) async throws where Handler.Event == HTTPEvent, Handler.Output == HTTPResponse {
        try await runUnwrapped { HTTPErrorBoundary(handler: try await makeHandler()) }
    }

    /// Has no constraints on the handler, so the compiler selects the `run` of LambdaRuntime and not one of the above.
    private static func runUnwrapped<Handler: LambdaHandler>(_ makeHandler: () async throws -> Handler) async throws {
        try await run(makeHandler)
    }
}

/// Turns an error of a WebSocket function into a reply, and for `$connect` into the status of the handshake.
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
            // The client sees only the body of a message's response. API Gateway sends it if the status is 200.
            return try .reply(WebSocketErrorReply(failure, to: event, context: context))
        }
    }
}

/// Turns an error of an HTTP function into a response.
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
    /// The headers of an error response, which must not be cached.
    fileprivate var headers: [String: String] {
        var headers = ["cache-control": "no-store"]
        headers["retry-after"] = retryAfter.map { "\($0)" }
        return headers
    }

    /// The error that the client sees. An error that the client did not cause is logged.
    fileprivate init(reporting error: any Error, to logger: Logger) {
        self = error as? ChatError ?? .opaque(error)
        if code.httpStatus >= 500 {
            logger.error("Request failed", metadata: ["error": "\(underlying.map(loggable) ?? message)"])
        }
    }
}

/// The description of an error without user data. A coding error quotes what it could not read, so only its type is
/// logged; the project's own errors contain no user data.
private func loggable(_ error: any Error) -> String {
    switch error {
    case is DecodingError, is EncodingError: "\(type(of: error))"
    default: "\(error)"
    }
}
