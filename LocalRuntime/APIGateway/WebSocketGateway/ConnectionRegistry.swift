import Synchronization

/// The open connections of one API.
final class ConnectionRegistry: Sendable {
    private let connections = Mutex<[String: WebSocketConnection]>([:])

    subscript(_ id: String) -> WebSocketConnection? { connections.withLock { $0[id] } }

    func insert(_ connection: WebSocketConnection) {
        connections.withLock { $0[connection.id] = connection }
    }

    func remove(_ id: String) {
        _ = connections.withLock { $0.removeValue(forKey: id) }
    }

    var all: [WebSocketConnection] { connections.withLock { Array($0.values) } }

    var count: Int { connections.withLock { $0.count } }
}
