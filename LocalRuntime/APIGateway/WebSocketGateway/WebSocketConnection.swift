import EmulatorCore
import GatewayCore
import HTTPListener
import NIOCore
import Synchronization

/// One client's connection, from its handshake to its `$disconnect`.
final class WebSocketConnection: Sendable {
    private enum State {
        /// `$connect` has succeeded and the 101 response is being sent; messages and closing wait for the session.
        case opening(queued: [ByteBuffer], closure: WebSocketClosure?)
        case open(WebSocketSession)
    }

    let id: String
    let connectedAt: UnixTime
    let sourceIP: String
    let userAgent: String?
    let domainName: String
    /// The authorizer's context, for `requestContext.authorizer` of every event.
    let authorizer: [String: String]?
    private let lastActivity: Atomic<Int64>
    private let state = Mutex(State.opening(queued: [], closure: nil))

    init(
        id: String,
        connectedAt: UnixTime,
        sourceIP: String,
        userAgent: String?,
        domainName: String,
        authorizer: [String: String]?
    ) {
        self.id = id
        self.connectedAt = connectedAt
        self.sourceIP = sourceIP
        self.userAgent = userAgent
        self.domainName = domainName
        self.authorizer = authorizer
        self.lastActivity = Atomic(connectedAt.milliseconds)
    }

    /// See `InvocationRequest.caller`.
    var caller: String { authorizer?["principalId"] ?? id }

    /// The time of the last message in either direction.
    var lastActiveAt: UnixTime { UnixTime(milliseconds: lastActivity.load(ordering: .relaxed)) }

    func touch() { lastActivity.store(UnixTime.now.milliseconds, ordering: .relaxed) }

    /// Attaches the session, then sends what was queued while the connection was opening.
    func open(_ session: WebSocketSession) {
        state.withLock { state in
            guard case .opening(let queued, let closure) = state else { return }
            state = .open(session)
            for text in queued { session.send(text) }
            if let closure { session.close(code: closure.code, reason: closure.reason) }
        }
    }

    /// - Parameter text: Valid UTF-8.
    func send(_ text: ByteBuffer) -> WebSocketSession.SendResult {
        let result: WebSocketSession.SendResult = state.withLock { state in
            switch state {
            case .open(let session): return session.send(text)
            case .opening(_, .some): return .closed
            case .opening(var queued, nil):
                let waiting = queued.reduce(text.readableBytes) { $0 + $1.readableBytes }
                guard waiting <= WebSocketSession.pendingLimit else { return .full }
                queued.append(text)
                state = .opening(queued: queued, closure: nil)
                return .sent
            }
        }
        if case .sent = result { touch() }
        return result
    }

    func close(code: Int, reason: String) {
        state.withLock { state in
            switch state {
            case .open(let session): session.close(code: code, reason: reason)
            case .opening(_, .some): break
            case .opening(let queued, nil):
                state = .opening(queued: queued, closure: WebSocketClosure(code: code, reason: reason))
            }
        }
    }
}
