/// A change of a queue: a record of its journal.
enum QueueChange: Sendable, Hashable {
    /// The deduplication id of a message that was sent.
    struct Duplicate: Sendable, Hashable {
        var key: String
        var messageID: String
        var number: Int
        /// Milliseconds since the epoch.
        var expiresAt: Int64
    }

    case settings(QueueSettings)
    /// The number of the next message, for when the messages before it are gone.
    case counter(Int)
    case duplicate(Duplicate)
    case stored(StoredMessage)
    case received(number: Int, visibleAt: Int64, count: Int, time: Int64)
    /// The visibility timeout was changed.
    case hidden(number: Int, visibleAt: Int64)
    case removed(number: Int)
    /// - at: Milliseconds since the epoch.
    case purged(at: Int64)
}
