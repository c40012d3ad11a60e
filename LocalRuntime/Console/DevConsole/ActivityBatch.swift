import Activity

/// Changes since a watcher was last told, the newest state of each thing only.
struct ActivityBatch: Sendable {
    /// How many changes a watcher is told before it is told everything anew.
    ///
    /// Fewer than the recorder buffers for a watcher who lags: what it dropped is made good soon after. It also bounds
    /// what is kept for a reader who does not read.
    static let changeLimit = 500

    private(set) var changeCount = 0
    private var invocations = NewestByID<InvocationSummary>()
    private var connections = NewestByID<ConnectionRecord>()
    private var closed: [ClosedConnection] = []
    private var notices: [Notice] = []

    var isEmpty: Bool { changeCount == 0 }

    mutating func merge(_ change: ActivityChange) {
        changeCount += 1
        guard changeCount < Self.changeLimit else { return forgetContent() }
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

    private mutating func forgetContent() {
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

/// Everything that is kept, as `GET /_local/activity` and a new watcher are told it.
struct ActivitySnapshot: Sendable, Encodable {
    /// A page cannot show 20,000 connections, nor would anybody read them.
    static let connectionLimit = 500

    /// Oldest first.
    var invocations: [InvocationSummary]
    /// The newest, oldest first.
    var connections: [ConnectionRecord]
    /// How many connections are open, those that are left out included.
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

/// An invocation without its event, response and logs, which may be long.
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
