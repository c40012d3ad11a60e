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

    private struct State {
        var posts: [Post] = []
        var closed: [ConnectionID] = []
        var answers: [ConnectionID: Delivery] = [:]
        var held: (connections: Set<ConnectionID>, wait: @Sendable () async -> Void)?
        var notifications: [String: @Sendable () -> Void] = [:]
    }

    private let state = Mutex(State())

    public init() {}

    public var posts: [Post] { state.withLock { $0.posts } }
    /// The connections that were closed, in order.
    public var closed: [ConnectionID] { state.withLock { $0.closed } }

    /// Answers every later post to a connection with a result other than `delivered`.
    public func answer(_ connection: ConnectionID, with delivery: Delivery) {
        state.withLock { $0.answers[connection] = delivery }
    }

    /// Makes later posts to some connections wait, as slow ones do.
    public func hold(until wait: @escaping @Sendable () async -> Void, connections: Set<ConnectionID>) {
        state.withLock { $0.held = (connections, wait) }
    }

    /// Calls back when a payload is posted.
    public func whenPosted(_ payload: String, _ notify: @escaping @Sendable () -> Void) {
        state.withLock { $0.notifications[payload] = notify }
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
        let (held, notify) = state.withLock { state in
            state.posts.append(post)
            return (state.held, state.notifications[post.payload])
        }
        notify?()
        if let held, !held.connections.isDisjoint(with: connections) { await held.wait() }
        return state.withLock { state in
            Dictionary(uniqueKeysWithValues: post.connections.map { ($0, state.answers[$0] ?? .delivered) })
        }
    }

    public func close(
        _ connections: [ConnectionID],
        at endpoint: ManagementEndpoint
    ) async -> [ConnectionID: Delivery] {
        state.withLock { state in
            state.closed += connections
            return Dictionary(uniqueKeysWithValues: connections.map { ($0, state.answers[$0] ?? .delivered) })
        }
    }
}
