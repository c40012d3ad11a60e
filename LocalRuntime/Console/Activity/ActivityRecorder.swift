import Synchronization

/// A change that whoever watches is told about.
public enum ActivityChange: Sendable {
    /// An invocation began, ended or logged; its newest state.
    case invocation(InvocationRecord)
    /// A connection opened or moved; its newest state.
    case connection(ConnectionRecord)
    case connectionClosed(id: String, code: Int, reason: String)
    /// Something a person should read: a function that cannot start, a resource that is not emulated.
    case notice(Notice)
}

/// A sentence for the person at the machine.
public struct Notice: Sendable, Hashable, Encodable {
    public enum Level: String, Sendable, Hashable, Encodable { case info, warning, error }

    public var level: Level
    /// Milliseconds since the epoch.
    public var time: Int64
    public var text: String

    public init(_ level: Level, time: Int64, text: String) {
        self.level = level
        self.time = time
        self.text = text
    }
}

/// What has happened lately, kept in memory for the console: the last invocations, the open connections, notices.
///
/// Recording costs a lock and a few assignments, because it stands on the path of every message. Watchers that are
/// slow lose the oldest changes, never hold anyone up.
public final class ActivityRecorder: Sendable {
    /// How many invocations are kept.
    public static let invocationLimit = 500
    /// How much of an event, a response and an invocation's log is kept, in characters.
    public static let textLimit = 65_536

    private struct State {
        var invocations: [String: InvocationRecord] = [:]
        var order: [String] = []
        var oldest = 0
        var connections: [String: ConnectionRecord] = [:]
        var notices: [Notice] = []
        var watchers: [Int: AsyncStream<ActivityChange>.Continuation] = [:]
        var nextWatcher = 0

        func tell(_ change: ActivityChange) {
            for watcher in watchers.values { watcher.yield(change) }
        }
    }

    private let state = Mutex(State())

    public init() {}

    // MARK: Recording

    public func began(_ invocation: InvocationRecord) {
        state.withLock { state in
            state.invocations[invocation.id] = invocation
            state.order.append(invocation.id)
            if state.order.count - state.oldest > Self.invocationLimit {
                state.invocations[state.order[state.oldest]] = nil
                state.oldest += 1
                if state.oldest > Self.invocationLimit {
                    state.order.removeFirst(state.oldest)
                    state.oldest = 0
                }
            }
            state.tell(.invocation(invocation))
        }
    }

    /// Changes an invocation that is still kept.
    public func update(_ id: String, _ change: (inout InvocationRecord) -> Void) {
        state.withLock { state in
            guard var record = state.invocations.removeValue(forKey: id) else { return }
            change(&record)
            state.invocations[id] = record
            state.tell(.invocation(record))
        }
    }

    public func opened(_ connection: ConnectionRecord) {
        state.withLock { state in
            state.connections[connection.id] = connection
            state.tell(.connection(connection))
        }
    }

    /// Counts a message that went over a connection.
    public func moved(_ id: String, in received: Int = 0, out sent: Int = 0, at time: Int64) {
        state.withLock { state in
            guard var record = state.connections.removeValue(forKey: id) else { return }
            record.messagesIn += received
            record.messagesOut += sent
            record.lastActiveAt = time
            state.connections[id] = record
            state.tell(.connection(record))
        }
    }

    public func closed(_ id: String, code: Int, reason: String) {
        state.withLock { state in
            state.connections[id] = nil
            state.tell(.connectionClosed(id: id, code: code, reason: reason))
        }
    }

    public func note(_ notice: Notice) {
        state.withLock { state in
            state.notices.append(notice)
            if state.notices.count > 200 { state.notices.removeFirst(100) }
            state.tell(.notice(notice))
        }
    }

    // MARK: Reading

    /// The invocations that are kept, oldest first.
    public var invocations: [InvocationRecord] {
        state.withLock { state in state.order[state.oldest...].compactMap { state.invocations[$0] } }
    }

    public func invocation(_ id: String) -> InvocationRecord? {
        state.withLock { $0.invocations[id] }
    }

    /// The open connections, oldest first.
    public var connections: [ConnectionRecord] {
        state.withLock { $0.connections.values.sorted { ($0.connectedAt, $0.id) < ($1.connectedAt, $1.id) } }
    }

    public var notices: [Notice] { state.withLock { $0.notices } }

    /// Changes from now on, until the stream's consumer stops; a consumer that lags loses the oldest.
    public func changes() -> AsyncStream<ActivityChange> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1_000)) { continuation in
            let watcher = state.withLock { state in
                state.nextWatcher += 1
                state.watchers[state.nextWatcher] = continuation
                return state.nextWatcher
            }
            continuation.onTermination = { [weak self] _ in
                self?.state.withLock { _ = $0.watchers.removeValue(forKey: watcher) }
            }
        }
    }
}
