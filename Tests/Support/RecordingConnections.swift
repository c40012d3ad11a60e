public import ChatCore
public import Connections
import Synchronization

/// A ``ConnectionSender`` that records every payload.
public final class RecordingConnections: ConnectionSender {
    /// One call of ``post(_:to:at:)``.
    public struct Post: Sendable, Hashable {
        public var payload: String
        public var connections: Set<ConnectionID>
        public var endpoint: ManagementEndpoint
    }

    private let state = Mutex((posts: [Post](), answers: [ConnectionID: Delivery]()))

    public init() {}

    public var posts: [Post] { state.withLock { $0.posts } }

    /// Answers every later post to a connection with a result other than `delivered`.
    public func answer(_ connection: ConnectionID, with delivery: Delivery) {
        state.withLock { $0.answers[connection] = delivery }
    }

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
        return state.withLock { state in
            state.posts.append(post)
            return Dictionary(uniqueKeysWithValues: post.connections.map { ($0, state.answers[$0] ?? .delivered) })
        }
    }
}
