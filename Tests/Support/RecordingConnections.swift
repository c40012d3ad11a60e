public import ChatCore
public import Connections
import Synchronization

/// A ``ConnectionSender`` that keeps what it is given.
public final class RecordingConnections: ConnectionSender {
    /// One call of ``post(_:to:at:)``.
    public struct Post: Sendable, Hashable {
        public var payload: String
        public var connections: Set<ConnectionID>
        public var endpoint: ManagementEndpoint
    }

    private let recorded = Mutex<[Post]>([])
    private let outcomes: [ConnectionID: Delivery]

    /// - Parameter outcomes: what happens to the connections that a payload does not reach.
    public init(outcomes: [ConnectionID: Delivery] = [:]) { self.outcomes = outcomes }

    public var posts: [Post] { recorded.withLock { $0 } }

    public func post(
        _ payload: [UInt8],
        to connections: [ConnectionID],
        at endpoint: ManagementEndpoint
    ) async -> [ConnectionID: Delivery] {
        let post = Post(
            payload: String(decoding: payload, as: UTF8.self),
            connections: Set(connections),
            endpoint: endpoint
        )
        recorded.withLock { $0.append(post) }
        return Dictionary(uniqueKeysWithValues: post.connections.map { ($0, outcomes[$0] ?? .delivered) })
    }
}
