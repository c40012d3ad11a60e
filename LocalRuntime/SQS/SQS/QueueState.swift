import HeapModule

/// The messages of a queue and their states, without I/O and without a clock.
///
/// Everything that happens is a ``QueueChange``: it is applied here and appended to the journal, and replaying the
/// journal applies it again. Times are milliseconds since the epoch.
struct QueueState: Sendable {
    /// How long a deduplication id counts after its message was sent.
    static let deduplicationInterval: Int64 = 300_000
    /// The time from one purge until the next is allowed.
    static let purgeInterval: Int64 = 60_000

    struct Entry: Sendable {
        var stored: StoredMessage
        /// Whether it can be received now, apart from the order within its message group.
        var isReady = false
        var isInFlight: Bool { !isReady && stored.receiveCount > 0 }
    }

    /// When a message becomes visible.
    struct Timer: Comparable {
        var time: Int64
        var number: Int

        static func < (left: Timer, right: Timer) -> Bool {
            (left.time, left.number) < (right.time, right.number)
        }
    }

    struct MessageGroup {
        /// Numbers in order of arrival.
        var members: [Int] = []
        var inFlightCount = 0
    }

    /// A message group and its first message, which can be received unless that has changed since.
    struct GroupTurn: Comparable {
        var number: Int
        var group: String

        static func < (left: GroupTurn, right: GroupTurn) -> Bool { left.number < right.number }
    }

    var settings: QueueSettings
    var nextNumber = 0
    var entries: [Int: Entry] = [:]
    var duplicates: [String: QueueChange.Duplicate] = [:]
    /// The heaps also contain outdated elements; each is checked when it is removed.
    var timers = Heap<Timer>()
    /// The messages of a standard queue that can be received.
    var ready = Heap<Int>()
    /// The groups of a FIFO queue of which a message can be received.
    var turns = Heap<GroupTurn>()
    var groups: [String: MessageGroup] = [:]
    var inFlightCount = 0
    var delayedCount = 0
    var lastSweep: Int64 = 0
    var purgedAt: Int64?
    /// Groups that the current receive has looked at.
    var visitedGroups: Set<String> = []
    /// The group that the current receive took its last message from.
    var currentGroup: String?

    init(settings: QueueSettings) { self.settings = settings }

    var counts: QueueCounts {
        QueueCounts(
            visible: entries.count - inFlightCount - delayedCount,
            inFlight: inFlightCount,
            delayed: delayedCount
        )
    }

    /// When the next message may become visible without another change; nil if none will.
    var nextVisibility: Int64? { timers.min?.time }

    // MARK: Changes

    mutating func apply(_ change: QueueChange) {
        switch change {
        case .settings(let settings):
            self.settings = settings
        case .counter(let number):
            nextNumber = max(nextNumber, number)
        case .duplicate(let duplicate):
            duplicates[duplicate.key] = duplicate
        case .stored(let stored):
            insert(stored)
        case .received(let number, let visibleAt, let count, let time):
            guard entries[number] != nil else { return }
            leave(number)
            entries[number]?.stored.receiveCount = count
            if entries[number]?.stored.firstReceivedAt == nil { entries[number]?.stored.firstReceivedAt = time }
            hide(number, until: visibleAt)
        case .hidden(let number, let visibleAt):
            guard entries[number] != nil else { return }
            leave(number)
            hide(number, until: visibleAt)
        case .removed(let number):
            remove(number)
        case .purged(let time):
            purgedAt = time
            entries = [:]
            groups = [:]
            (timers, ready, turns) = (Heap(), Heap(), Heap())
            (inFlightCount, delayedCount) = (0, 0)
        }
    }

    /// The changes that lead from nothing to this state.
    func snapshot(at now: Int64) -> [QueueChange] {
        [.settings(settings), .counter(nextNumber)]
            + (purgedAt.flatMap { $0 + Self.purgeInterval > now ? [.purged(at: $0)] : nil } ?? [])
            + duplicates.values.filter { $0.expiresAt > now }.map { .duplicate($0) }
            + entries.keys.sorted().compactMap { number in entries[number].map { .stored($0.stored) } }
    }

    // MARK: Sending

    /// The message that a new one is a duplicate of.
    func original(of message: QueueMessage, at now: Int64) -> QueueChange.Duplicate? {
        guard let key = deduplicationKey(of: message), let duplicate = duplicates[key] else { return nil }
        return duplicate.expiresAt > now ? duplicate : nil
    }

    /// - Parameter delay: In seconds.
    mutating func send(_ message: QueueMessage, delay: Int, at now: Int64) -> StoredMessage {
        let stored = StoredMessage(
            number: nextNumber,
            message: message,
            visibleAt: delay > 0 ? now + Int64(delay) * 1_000 : 0
        )
        apply(.stored(stored))
        return stored
    }

    /// Undoes ``send(_:delay:at:)`` after the message could not be written. A message that is sent again is not a
    /// duplicate of it.
    mutating func withdraw(_ stored: StoredMessage) {
        apply(.removed(number: stored.number))
        if let key = deduplicationKey(of: stored.message), duplicates[key]?.number == stored.number {
            duplicates[key] = nil
        }
    }

    func deduplicationKey(of message: QueueMessage) -> String? {
        guard settings.isFIFO, let id = message.deduplicationID else { return nil }
        return settings.deduplicatesByGroup ? "\(message.groupID ?? "")\u{0}\(id)" : id
    }
}
