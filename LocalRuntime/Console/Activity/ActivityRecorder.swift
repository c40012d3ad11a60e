import Synchronization

/// Keeps recent activity in memory for the console: the last invocations, the open connections, and notices.
///
/// Recording takes a lock and a few assignments, because it is on the path of every message. It never waits for a
/// watcher; a slow one loses the oldest changes.
public final class ActivityRecorder: Sendable {
    /// The number of invocations that are kept.
    public static let invocationLimit = 500
    /// How much is kept of an event, a response and the log of an invocation, in UTF-8 bytes.
    public static let textLimit = 65_536
    /// How much is kept of all events, responses and logs, in UTF-8 bytes. Beyond it, the oldest invocations are kept
    /// without theirs.
    public static let memoryLimit = 8 * 1_024 * 1_024

    private struct State {
        var invocations = RecentInvocations(limit: invocationLimit, memoryLimit: memoryLimit)
        var connections: [String: ConnectionRecord] = [:]
        var notices: [Notice] = []
        var watchers: [Int: AsyncStream<ActivityChange>.Continuation] = [:]
        var nextWatcher = 0

        func report(_ change: ActivityChange) {
            for watcher in watchers.values { watcher.yield(change) }
        }
    }

    private let state = Mutex(State())

    public init() {}

    // MARK: Recording

    public func began(_ invocation: InvocationRecord) {
        state.withLock { state in
            state.invocations.append(invocation)
            state.report(.invocation(invocation))
        }
    }

    /// Changes an invocation; ignored if it is no longer kept.
    public func update(_ id: String, _ change: (inout InvocationRecord) -> Void) {
        state.withLock { state in
            guard let record = state.invocations.update(id, change) else { return }
            state.report(.invocation(record))
        }
    }

    public func opened(_ connection: ConnectionRecord) {
        state.withLock { state in
            state.connections[connection.id] = connection
            state.report(.connection(connection))
        }
    }

    /// Counts the messages that were received and sent over a connection.
    public func moved(_ id: String, in received: Int = 0, out sent: Int = 0, at time: Int64) {
        state.withLock { state in
            guard var record = state.connections.removeValue(forKey: id) else { return }
            record.messagesIn += received
            record.messagesOut += sent
            record.lastActiveAt = time
            state.connections[id] = record
            state.report(.connection(record))
        }
    }

    public func closed(_ id: String, code: Int, reason: String) {
        state.withLock { state in
            state.connections[id] = nil
            state.report(.connectionClosed(id: id, code: code, reason: reason))
        }
    }

    public func note(_ notice: Notice) {
        state.withLock { state in
            state.notices.append(notice)
            if state.notices.count > 200 { state.notices.removeFirst(100) }
            state.report(.notice(notice))
        }
    }

    // MARK: Reading

    /// The invocations that are kept, oldest first.
    public var invocations: [InvocationRecord] {
        state.withLock { $0.invocations.all }
    }

    public func invocation(_ id: String) -> InvocationRecord? {
        state.withLock { $0.invocations[id] }
    }

    /// The open connections, oldest first.
    public var connections: [ConnectionRecord] {
        state.withLock { $0.connections.values.sorted { ($0.connectedAt, $0.id) < ($1.connectedAt, $1.id) } }
    }

    public var notices: [Notice] { state.withLock { $0.notices } }

    /// Changes from now on. The stream keeps at most 1,000 of them for a slow consumer and drops the oldest.
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
