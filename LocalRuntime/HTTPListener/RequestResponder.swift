public import NIOHTTP1

/// Answers what arrives at a listener.
public protocol RequestResponder: Sendable {
    /// Answers one request. Failures are responses too.
    func respond(to request: IncomingRequest) async -> OutgoingResponse

    /// Decides about a WebSocket handshake, which stays pending meanwhile.
    func upgrade(_ request: IncomingRequest) async -> UpgradeDecision
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
