import Synchronization

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

    var count: Int { connections.withLock { $0.count } }
}
