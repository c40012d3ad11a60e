public import NIOHTTP1

/// Answers what arrives at a listener.
public protocol RequestResponder: Sendable {
    /// Answers one request, whose body has been read. Failures are responses too.
    func respond(to request: IncomingRequest) async -> OutgoingResponse

    /// Decides about a WebSocket handshake, which stays pending until this returns.
    func upgrade(_ request: IncomingRequest) async -> UpgradeDecision

    /// Chooses how to answer a request before its body is read; by default ``respond(to:)`` does.
    ///
    /// - Parameter head: The request without its body.
    func handler(for head: IncomingRequest) -> RequestHandler
}

extension RequestResponder {
    public func handler(for head: IncomingRequest) -> RequestHandler { .buffered { await respond(to: $0) } }
}

/// How one request is answered.
public enum RequestHandler: Sendable {
    public typealias Buffered = @Sendable (IncomingRequest) async -> OutgoingResponse
    public typealias Streaming = @Sendable (IncomingRequest, RequestBodyStream) async -> OutgoingResponse

    /// The listener reads the body first, up to ``HTTPListener/Limits/requestBody``.
    case buffered(Buffered)
    /// The function reads the body itself, of any size, before it returns; or it leaves the body unread.
    ///
    /// A client that expects `100 Continue` gets it when the body is first read, and otherwise never. What is left of
    /// the body after the response is dropped, or the connection is closed.
    case streaming(Streaming)
}

/// The decision about a WebSocket handshake.
public enum UpgradeDecision: Sendable {
    case accept(AcceptedUpgrade)
    case refuse(OutgoingResponse)
}

/// An accepted handshake.
public struct AcceptedUpgrade: Sendable {
    /// Added to the 101 response.
    public var headers: HTTPHeaders
    /// Runs for as long as the connection is open; the listener closes it afterwards.
    public var session: @Sendable (WebSocketSession) async -> Void
    /// Called instead of `session` if the client disconnected while the handshake was pending.
    public var abandoned: @Sendable () async -> Void

    public init(
        headers: HTTPHeaders,
        session: @escaping @Sendable (WebSocketSession) async -> Void,
        abandoned: @escaping @Sendable () async -> Void
    ) {
        self.headers = headers
        self.session = session
        self.abandoned = abandoned
    }
}
