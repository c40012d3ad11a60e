import Activity

/// The changes since the last event of a stream, with the newest state of each item only.
struct ActivityBatch: Sendable {
    /// The number of changes after which a stream sends a new snapshot instead.
    ///
    /// It is below the recorder's buffer for a slow consumer, so that dropped changes are soon covered by a snapshot. It
    /// also bounds the memory for a client that stops reading.
    static let changeLimit = 500

    private(set) var changeCount = 0
    private var invocations = NewestByID<InvocationSummary>()
    private var connections = NewestByID<ConnectionRecord>()
    private var closed: [ClosedConnection] = []
    private var notices: [Notice] = []

    var isEmpty: Bool { changeCount == 0 }

    mutating func merge(_ change: ActivityChange) {
        changeCount += 1
        guard changeCount < Self.changeLimit else { return dropContent() }
        switch change {
        case .invocation(let record):
            invocations.set(InvocationSummary(record), for: record.id)
        case .connection(let record):
            connections.set(record, for: record.id)
        case .connectionClosed(let id, let code, let reason):
            connections.remove(id)
            closed.append(ClosedConnection(id: id, code: code, reason: reason))
        case .notice(let notice):
            notices.append(notice)
        }
    }

    private mutating func dropContent() {
        let count = changeCount
        self = ActivityBatch()
        changeCount = count
    }
}

extension ActivityBatch: Encodable {
    private enum CodingKeys: CodingKey { case invocations, connections, closed, notices }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(invocations.values, forKey: .invocations)
        try container.encode(connections.values, forKey: .connections)
        try container.encode(closed, forKey: .closed)
        try container.encode(notices, forKey: .notices)
    }
}

/// All recorded activity: the response to `GET /_local/activity` and the first event of a stream.
struct ActivitySnapshot: Sendable, Encodable {
    /// The most connections in a snapshot; a page cannot show 20,000.
    static let connectionLimit = 500

    /// Oldest first.
    var invocations: [InvocationSummary]
    /// The newest ones, oldest first.
    var connections: [ConnectionRecord]
    /// The number of open connections, including those left out.
    var connectionCount: Int
    var notices: [Notice]

    init(of activity: ActivityRecorder) {
        let open = activity.connections
        invocations = activity.invocations.map(InvocationSummary.init)
        connections = Array(open.suffix(Self.connectionLimit))
        connectionCount = open.count
        notices = activity.notices
    }
}

/// An invocation without its event, response and logs, which can be long.
struct InvocationSummary: Sendable, Hashable, Encodable {
    var id: String
    var function: String
    var trigger: String
    var startedAt: Int64
    var status: InvocationRecord.Status
    var duration: Double?
    var initDuration: Double?
    var processID: Int32?

    init(_ record: InvocationRecord) {
        id = record.id
        function = record.function
        trigger = record.trigger
        startedAt = record.startedAt
        status = record.status
        duration = record.duration
        initDuration = record.initDuration
        processID = record.processID
    }
}

struct ClosedConnection: Sendable, Hashable, Encodable {
    var id: String
    var code: Int
    var reason: String
}

/// Values in the order in which their ids were first set.
private struct NewestByID<Value: Sendable>: Sendable {
    private var order: [String] = []
    private var byID: [String: Value] = [:]

    var values: [Value] { order.compactMap { byID[$0] } }

    mutating func set(_ value: Value, for id: String) {
        if byID.updateValue(value, forKey: id) == nil { order.append(id) }
    }

    mutating func remove(_ id: String) {
        guard byID.removeValue(forKey: id) != nil else { return }
        order.removeAll { $0 == id }
    }
}
