/// What a queue holds and what may become of it: no I/O, no clock.
///
/// Whatever happens is a ``QueueChange``, which is applied here and written to the journal; reading the journal applies
/// them again. Times are milliseconds since the epoch.
struct QueueState: Sendable {
    /// How long a deduplication id counts, from when its message was sent.
    static let deduplicationInterval: Int64 = 300_000

    struct Entry: Sendable {
        var stored: StoredMessage
        /// Whether it is in `ready`, its group's turn in a FIFO queue aside.
        var isReady = false
        var isInFlight: Bool { !isReady && stored.receiveCount > 0 }
    }

    /// A point in time at which a message becomes visible.
    private struct Due: Comparable {
        var time: Int64
        var number: Int

        static func < (left: Due, right: Due) -> Bool {
            (left.time, left.number) < (right.time, right.number)
        }
    }

    private struct Group {
        /// Numbers in order of arrival.
        var members: [Int] = []
        var inFlight = 0
    }

    /// A group whose first message may be received, unless that has changed since.
    private struct Turn: Comparable {
        var number: Int
        var group: String

        static func < (left: Turn, right: Turn) -> Bool { left.number < right.number }
    }

    var settings: QueueSettings
    private(set) var nextNumber = 0
    private(set) var entries: [Int: Entry] = [:]
    private(set) var duplicates: [String: QueueChange.Duplicate] = [:]
    private var waiting = Heap<Due>()
    private var ready = Heap<Int>()
    private var turns = Heap<Turn>()
    private var groups: [String: Group] = [:]
    private var inFlightCount = 0
    private var delayedCount = 0
    private var lastSweep: Int64 = 0

    init(settings: QueueSettings) { self.settings = settings }

    var counts: QueueCounts {
        QueueCounts(
            visible: entries.count - inFlightCount - delayedCount,
            inFlight: inFlightCount,
            delayed: delayedCount
        )
    }

    /// When the next message becomes visible by itself; nil if none does.
    var nextDue: Int64? { waiting.first?.time }

    // MARK: Replaying

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
            wait(number, until: visibleAt)
        case .hidden(let number, let visibleAt):
            guard entries[number] != nil else { return }
            leave(number)
            wait(number, until: visibleAt)
        case .removed(let number):
            remove(number)
        case .purged:
            entries.removeAll()
            groups.removeAll()
            waiting.removeAll()
            ready.removeAll()
            turns.removeAll()
            (inFlightCount, delayedCount) = (0, 0)
        }
    }

    /// The changes that lead from nothing to this state.
    func snapshot(at now: Int64) -> [QueueChange] {
        [.settings(settings), .counter(nextNumber)]
            + duplicates.values.filter { $0.expiresAt > now }.map { .duplicate($0) }
            + entries.keys.sorted().compactMap { number in entries[number].map { .stored($0.stored) } }
    }

    // MARK: Sending

    /// The message that a new one is a duplicate of.
    mutating func original(of message: Message, at now: Int64) -> QueueChange.Duplicate? {
        guard let key = deduplicationKey(of: message), let duplicate = duplicates[key] else { return nil }
        return duplicate.expiresAt > now ? duplicate : nil
    }

    mutating func send(_ message: Message, delay: Int, at now: Int64) -> (StoredMessage, [QueueChange]) {
        let stored = StoredMessage(
            number: nextNumber,
            message: message,
            visibleAt: delay > 0 ? now + Int64(delay) * 1_000 : 0
        )
        apply(.stored(stored))
        return (stored, [.stored(stored)])
    }

    /// Undoes ``send(_:delay:at:)`` of a message that could not be written: what is sent again is no duplicate of it.
    mutating func withdraw(_ stored: StoredMessage) {
        apply(.removed(number: stored.number))
        if let key = deduplicationKey(of: stored.message), duplicates[key]?.number == stored.number {
            duplicates[key] = nil
        }
    }

    /// Puts a message that was received too often back where it was, because its dead-letter queue could not take it.
    mutating func reinstate(_ stored: StoredMessage) {
        remove(stored.number)
        insert(stored)
        if settings.isFIFO { groups[group(of: stored.number)]?.members.sort() }
    }

    private func deduplicationKey(of message: Message) -> String? {
        guard settings.isFIFO, let id = message.deduplicationID else { return nil }
        return settings.deduplicatesByGroup ? "\(message.groupID ?? "")\u{0}\(id)" : id
    }

    // MARK: Receiving

    /// Takes messages, oldest first, and hides them for a time.
    ///
    /// - Returns: What was taken; `dead` are messages that have been received too often. They are out of reach here
    ///   but still stored, until they are removed because the dead-letter queue has them.
    mutating func receive(
        _ maximum: Int,
        visibilityTimeout: Int,
        maximumReceiveCount: Int?,
        at now: Int64
    ) -> (taken: [StoredMessage], dead: [StoredMessage], changes: [QueueChange]) {
        var (taken, dead, changes) = ([StoredMessage](), [StoredMessage](), [QueueChange]())
        while taken.count < maximum, let number = nextReady() {
            guard let entry = entries[number] else { continue }
            if let maximumReceiveCount, entry.stored.receiveCount >= maximumReceiveCount {
                dead.append(entry.stored)
                setAside(number)
                continue
            }
            let change = QueueChange.received(
                number: number,
                visibleAt: now + Int64(visibilityTimeout) * 1_000,
                count: entry.stored.receiveCount + 1,
                time: now
            )
            apply(change)
            changes.append(change)
            if let stored = entries[number]?.stored { taken.append(stored) }
        }
        // Groups of which something was taken are blocked now; those that only were looked at get their turn again.
        for group in lookedAt { offer(group) }
        lookedAt.removeAll()
        return (taken, dead, changes)
    }

    /// Groups of a FIFO queue that the current receive takes from.
    private var lookedAt: Set<String> = []
    private var current: String?

    private mutating func nextReady() -> Int? {
        guard settings.isFIFO else {
            while let number = ready.popFirst() {
                if entries[number]?.isReady == true { return number }
            }
            return nil
        }
        // More of the group that it took from already, in order, before any other group's.
        if let group = current, let number = firstReady(in: group) { return number }
        current = nil
        while let turn = turns.popFirst() {
            guard let group = groups[turn.group], group.inFlight == 0, group.members.first == turn.number,
                entries[turn.number]?.isReady == true
            else { continue }
            lookedAt.insert(turn.group)
            current = turn.group
            return turn.number
        }
        return nil
    }

    /// The group's first message that is not in flight, unless it is delayed.
    private func firstReady(in group: String) -> Int? {
        guard let number = groups[group]?.members.first(where: { entries[$0]?.isInFlight == false }) else { return nil }
        return entries[number]?.isReady == true ? number : nil
    }

    /// Makes visible what is due, and forgets what is too old. To be called before anything else of the same moment.
    mutating func advance(to now: Int64) -> [QueueChange] {
        current = nil
        while let due = waiting.first, due.time <= now {
            _ = waiting.popFirst()
            guard let entry = entries[due.number], !entry.isReady, entry.stored.visibleAt == due.time else { continue }
            leave(due.number)
            becomeReady(due.number)
        }
        return sweep(at: now)
    }

    private mutating func sweep(at now: Int64) -> [QueueChange] {
        guard now - lastSweep >= 5_000 else { return [] }
        lastSweep = now
        duplicates = duplicates.filter { $0.value.expiresAt > now }
        let limit = now - Int64(settings.retentionPeriod) * 1_000
        let changes = entries.values.filter { $0.stored.message.sentAt < limit }
            .map { QueueChange.removed(number: $0.stored.number) }
        for change in changes { apply(change) }
        return changes
    }

    // MARK: Steps

    private mutating func insert(_ stored: StoredMessage) {
        let number = stored.number
        nextNumber = max(nextNumber, number + 1)
        entries[number] = Entry(stored: stored)
        if let key = deduplicationKey(of: stored.message) {
            duplicates[key] = QueueChange.Duplicate(
                key: key,
                messageID: stored.message.id,
                number: number,
                expiresAt: stored.message.sentAt + Self.deduplicationInterval
            )
        }
        if settings.isFIFO { groups[group(of: number), default: Group()].members.append(number) }
        if stored.visibleAt > 0 {
            wait(number, until: stored.visibleAt)
        } else {
            becomeReady(number)
        }
    }

    private mutating func wait(_ number: Int, until time: Int64) {
        entries[number]?.stored.visibleAt = time
        waiting.insert(Due(time: time, number: number))
        if entries[number]?.isInFlight == true {
            inFlightCount += 1
            if settings.isFIFO { groups[group(of: number)]?.inFlight += 1 }
        } else {
            delayedCount += 1
        }
    }

    private mutating func becomeReady(_ number: Int) {
        entries[number]?.isReady = true
        entries[number]?.stored.visibleAt = 0
        if settings.isFIFO { offer(group(of: number)) } else { ready.insert(number) }
    }

    /// Takes a message out of what counts it; what is left in a heap is recognised later.
    private mutating func leave(_ number: Int) {
        guard let entry = entries[number] else { return }
        if entry.isReady {
            entries[number]?.isReady = false
        } else if entry.isInFlight {
            inFlightCount -= 1
            if settings.isFIFO { groups[group(of: number)]?.inFlight -= 1 }
        } else {
            delayedCount -= 1
        }
    }

    private mutating func remove(_ number: Int) {
        guard entries[number] != nil else { return }
        leave(number)
        let group = settings.isFIFO ? group(of: number) : ""
        entries[number] = nil
        guard settings.isFIFO else { return }
        groups[group]?.members.removeAll { $0 == number }
        if groups[group]?.members.isEmpty == true { groups[group] = nil }
        offer(group)
    }

    /// Keeps a message from being received, and its group from waiting for it.
    private mutating func setAside(_ number: Int) {
        leave(number)
        // Counted as in flight, which it was for the last time.
        inFlightCount += 1
        entries[number]?.stored.visibleAt = 0
        guard settings.isFIFO else { return }
        let group = group(of: number)
        groups[group]?.members.removeAll { $0 == number }
        // `remove` will count it out of the group again.
        groups[group]?.inFlight += 1
    }

    /// Gives a group its turn if nothing of it is in flight and its first message is ready.
    private mutating func offer(_ name: String) {
        guard let group = groups[name], group.inFlight == 0, let first = group.members.first,
            entries[first]?.isReady == true
        else { return }
        turns.insert(Turn(number: first, group: name))
    }

    private func group(of number: Int) -> String { entries[number]?.stored.message.groupID ?? "" }
}
