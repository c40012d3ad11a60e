import EmulatorCore
import GatewayCore
import HTTPListener
import NIOCore
import Synchronization

/// One client of the API, from its handshake to its `$disconnect`.
final class Connection: Sendable {
    private enum Socket {
        /// `$connect` has succeeded and the 101 response is under way: what is sent or closed now happens then.
        case opening(queued: [ByteBuffer], closure: WebSocketClosure?)
        case open(WebSocketSession)
    }

    let id: String
    let connectedAt: UnixTime
    let sourceIP: String
    let userAgent: String?
    let domainName: String
    /// What the authorizer said, for `requestContext.authorizer` of every event.
    let authorizer: [String: String]?
    private let lastActivity: Atomic<Int64>
    private let socket = Mutex(Socket.opening(queued: [], closure: nil))

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

    /// When a message last went either way.
    var lastActiveAt: UnixTime { UnixTime(milliseconds: lastActivity.load(ordering: .relaxed)) }

    func touch() { lastActivity.store(UnixTime.now.milliseconds, ordering: .relaxed) }

    func open(_ session: WebSocketSession) {
        socket.withLock { socket in
            guard case .opening(let queued, let closure) = socket else { return }
            socket = .open(session)
            for text in queued { session.send(text) }
            if let closure { session.close(code: closure.code, reason: closure.reason) }
        }
    }

    func send(_ text: ByteBuffer) -> WebSocketSession.SendResult {
        // A text frame has to be UTF-8 or the client gives up, so what is not is repaired.
        let text = text.isUTF8 ? text : ByteBuffer(string: String(buffer: text))
        let result: WebSocketSession.SendResult = socket.withLock { socket in
            switch socket {
            case .open(let session): return session.send(text)
            case .opening(_, .some): return .closed
            case .opening(var queued, nil):
                let waiting = queued.reduce(text.readableBytes) { $0 + $1.readableBytes }
                guard waiting <= WebSocketSession.pendingLimit else { return .full }
                queued.append(text)
                socket = .opening(queued: queued, closure: nil)
                return .sent
            }
        }
        if case .sent = result { touch() }
        return result
    }

    func close(code: Int, reason: String) {
        socket.withLock { socket in
            switch socket {
            case .open(let session): session.close(code: code, reason: reason)
            case .opening(_, .some): break
            case .opening(let queued, nil):
                socket = .opening(queued: queued, closure: WebSocketClosure(code: code, reason: reason))
            }
        }
    }
}

extension ByteBuffer {
    fileprivate var isUTF8: Bool { String(validating: readableBytesView, as: UTF8.self) != nil }
}
