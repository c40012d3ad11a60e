public import NIOHTTP1

/// Answers what arrives at a listener.
public protocol RequestResponder: Sendable {
    /// Answers one request. Failures are responses too.
    func respond(to request: IncomingRequest) async -> OutgoingResponse

    /// Decides about a WebSocket handshake, which stays pending meanwhile.
    func upgrade(_ request: IncomingRequest) async -> UpgradeDecision

    /// Who answers a request without waiting for its body; nil where ``respond(to:)`` gets the body whole.
    ///
    /// - Parameter request: Without its body, which has not been read yet.
    func streamingResponder(for request: IncomingRequest) -> (any StreamingResponder)?
}

extension RequestResponder {
    public func streamingResponder(for request: IncomingRequest) -> (any StreamingResponder)? { nil }
}

/// Answers requests whose bodies it reads itself, of any size, or leaves unread.
public protocol StreamingResponder: Sendable {
    /// Answers one request. Failures are responses too.
    ///
    /// A client that waits for leave to send the body (`Expect: 100-continue`) gets it when the body is first read, and
    /// never when it is not. What is left of the body after the answer is dropped, or the connection ends.
    /// - Parameters:
    ///   - request: Without its body.
    ///   - body: To be read before this returns, if at all.
    func respond(to request: IncomingRequest, body: RequestBody) async -> OutgoingResponse
}

/// What becomes of a WebSocket handshake.
public enum UpgradeDecision: Sendable {
    case accept(AcceptedUpgrade)
    case refuse(OutgoingResponse)
}

/// A handshake that may go on.
public struct AcceptedUpgrade: Sendable {
    /// Added to the 101 response.
    public var headers: HTTPHeaders
    /// Runs for as long as the connection is open; the listener closes it afterwards.
    public var session: @Sendable (WebSocketSession) async -> Void
    /// Called instead of `session` when the client left while the handshake was pending.
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
