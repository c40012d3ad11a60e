import GatewayCore
import HTTPListener
import NIOCore
import Synchronization

/// One client of the API, from its handshake to its `$disconnect`.
final class Connection: Sendable {
    let id: String
    let connectedAt: GatewayTime
    let sourceIP: String
    let userAgent: String?
    let domainName: String
    /// What the authorizer said, for `requestContext.authorizer` of every event.
    let authorizer: [String: String]?
    private let lastActivity: Atomic<Int64>
    private let socket = Mutex<WebSocketSession?>(nil)

    init(
        id: String,
        connectedAt: GatewayTime,
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
    var lastActiveAt: GatewayTime { GatewayTime(milliseconds: lastActivity.load(ordering: .relaxed)) }

    func touch() { lastActivity.store(GatewayTime.now.milliseconds, ordering: .relaxed) }

    func open(_ session: WebSocketSession) { socket.withLock { $0 = session } }

    func send(_ text: ByteBuffer) -> WebSocketSession.SendResult {
        guard let session = socket.withLock({ $0 }) else { return .closed }
        let result = session.send(text)
        if case .sent = result { touch() }
        return result
    }

    func close(code: Int, reason: String) {
        socket.withLock { $0 }?.close(code: code, reason: reason)
    }
}

/// The open connections of one API.
final class ConnectionRegistry: Sendable {
    private let connections = Mutex<[String: Connection]>([:])

    subscript(_ id: String) -> Connection? { connections.withLock { $0[id] } }

    func insert(_ connection: Connection) {
        connections.withLock { $0[connection.id] = connection }
    }

    func remove(_ id: String) {
        _ = connections.withLock { $0.removeValue(forKey: id) }
    }

    var all: [Connection] { connections.withLock { Array($0.values) } }
}
