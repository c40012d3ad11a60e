/// A message in a queue, and how often and until when it has been taken.
public struct StoredMessage: Sendable, Hashable {
    /// Grows with every message of the queue.
    var number: Int
    public var message: Message
    /// Milliseconds since the epoch; 0 while the message is visible.
    var visibleAt: Int64 = 0
    public var receiveCount = 0
    public var firstReceivedAt: Int64?

    /// Twenty digits that grow, as those of SQS do.
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

/// One thing that happened to a queue: what its journal is made of.
enum QueueChange: Sendable, Hashable {
    /// A message that was sent, under its deduplication id.
    struct Duplicate: Sendable, Hashable {
        var key: String
        var messageID: String
        var number: Int
        /// Milliseconds since the epoch.
        var expiresAt: Int64
    }

    case settings(QueueSettings)
    /// The number that the next message gets, where those before it are gone.
    case counter(Int)
    case duplicate(Duplicate)
    case stored(StoredMessage)
    case received(number: Int, visibleAt: Int64, count: Int, time: Int64)
    /// The visibility timeout was changed.
    case hidden(number: Int, visibleAt: Int64)
    case removed(number: Int)
    case purged
}
