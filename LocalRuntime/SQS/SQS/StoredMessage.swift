/// A message in a queue, with its receive count and the time at which it becomes visible.
public struct StoredMessage: Sendable, Hashable {
    /// Grows with every message of the queue.
    var number: Int
    public var message: QueueMessage
    /// Milliseconds since the epoch; 0 while the message is visible.
    var visibleAt: Int64 = 0
    public var receiveCount = 0
    /// Milliseconds since the epoch.
    public var firstReceivedAt: Int64?

    /// Twenty digits that grow with each message, as those of SQS do.
    public var sequenceNumber: String { Self.sequenceNumber(number) }

    static func sequenceNumber(_ number: Int) -> String {
        let digits = String(number + 1)
        return "188" + String(repeating: "0", count: 17 - digits.count) + digits
    }
}

/// How many messages a queue holds.
public struct QueueCounts: Sendable, Hashable {
    public var visible: Int
    public var inFlight: Int
    public var delayed: Int
}
