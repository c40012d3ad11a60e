import HeapModule

extension QueueState {
    /// The messages that one receive takes from a queue.
    struct Receipt {
        var received: [StoredMessage] = []
        /// The received messages as they were before.
        var originals: [StoredMessage] = []
        /// Messages that have been received too often. They can no longer be received but stay stored until they are
        /// removed, which happens once the dead-letter queue has them.
        var dead: [StoredMessage] = []
        var changes: [QueueChange] = []
    }

    /// Receives messages, oldest first, and hides them.
    ///
    /// - Parameters:
    ///   - visibilityTimeout: In seconds.
    ///   - maximumReceiveCount: Nil without a dead-letter queue.
    mutating func receive(
        _ maximum: Int,
        visibilityTimeout: Int,
        maximumReceiveCount: Int?,
        at now: Int64
    ) -> Receipt {
        var receipt = Receipt()
        while receipt.received.count < maximum, let number = nextReady() {
            guard let entry = entries[number] else { continue }
            if let maximumReceiveCount, entry.stored.receiveCount >= maximumReceiveCount {
                receipt.dead.append(entry.stored)
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
            receipt.changes.append(change)
            receipt.originals.append(entry.stored)
            if let stored = entries[number]?.stored { receipt.received.append(stored) }
        }
        // A group with a message in flight is blocked; one from which nothing was received gets its turn back.
        for group in visitedGroups { offerTurn(to: group) }
        visitedGroups = []
        return receipt
    }

    /// Puts a message that a receive took back in its place, because the receive could not be written, or the
    /// dead-letter queue could not take the message. Does nothing if the message has been removed since.
    mutating func reinstate(_ stored: StoredMessage) {
        guard entries[stored.number] != nil else { return }
        // A newer message may have the same deduplication id.
        let key = deduplicationKey(of: stored.message)
        let duplicate = key.flatMap { duplicates[$0] }
        remove(stored.number)
        insert(stored)
        if let key { duplicates[key] = duplicate }
        guard settings.isFIFO else { return }
        let group = group(of: stored.number)
        groups[group]?.members.sort()
        offerTurn(to: group)
    }

    /// Makes messages visible whose time has come, and removes those past the retention period. Has to be called
    /// before anything else at the same time.
    mutating func advance(to now: Int64) -> [QueueChange] {
        currentGroup = nil
        while let timer = timers.min, timer.time <= now {
            timers.removeMin()
            guard let entry = entries[timer.number], !entry.isReady, entry.stored.visibleAt == timer.time else {
                continue
            }
            leave(timer.number)
            becomeReady(timer.number)
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

    private mutating func nextReady() -> Int? {
        guard settings.isFIFO else {
            while let number = ready.popMin() {
                if entries[number]?.isReady == true { return number }
            }
            return nil
        }
        // Further messages of the same group come before those of any other group.
        if let group = currentGroup, let number = firstReady(in: group) { return number }
        currentGroup = nil
        while let turn = turns.popMin() {
            guard let group = groups[turn.group], group.inFlightCount == 0, group.members.first == turn.number,
                entries[turn.number]?.isReady == true
            else { continue }
            visitedGroups.insert(turn.group)
            currentGroup = turn.group
            return turn.number
        }
        return nil
    }

    /// The group's first message that is not in flight; nil if it is delayed.
    private func firstReady(in group: String) -> Int? {
        guard let number = groups[group]?.members.first(where: { entries[$0]?.isInFlight == false }) else { return nil }
        return entries[number]?.isReady == true ? number : nil
    }

    /// Makes it impossible to receive a message, and unblocks its group.
    private mutating func setAside(_ number: Int) {
        leave(number)
        // It counts as in flight until it is removed.
        inFlightCount += 1
        entries[number]?.stored.visibleAt = 0
        guard settings.isFIFO else { return }
        let group = group(of: number)
        groups[group]?.members.removeAll { $0 == number }
        // `remove` counts it out of the group again.
        groups[group]?.inFlightCount += 1
    }
}
