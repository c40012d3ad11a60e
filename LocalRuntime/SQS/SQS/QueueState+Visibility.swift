import HeapModule

/// How a message moves between delayed, ready and in flight, with the counts and heaps that follow it.
extension QueueState {
    mutating func insert(_ stored: StoredMessage) {
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
        if settings.isFIFO { groups[group(of: number), default: MessageGroup()].members.append(number) }
        if stored.visibleAt > 0 {
            hide(number, until: stored.visibleAt)
        } else {
            becomeReady(number)
        }
    }

    mutating func remove(_ number: Int) {
        guard entries[number] != nil else { return }
        leave(number)
        let group = settings.isFIFO ? group(of: number) : ""
        entries[number] = nil
        guard settings.isFIFO else { return }
        groups[group]?.members.removeAll { $0 == number }
        if groups[group]?.members.isEmpty == true { groups[group] = nil }
        offerTurn(to: group)
    }

    /// Makes a message delayed, or in flight if it has been received.
    mutating func hide(_ number: Int, until time: Int64) {
        entries[number]?.stored.visibleAt = time
        timers.insert(Timer(time: time, number: number))
        if entries[number]?.isInFlight == true {
            inFlightCount += 1
            if settings.isFIFO { groups[group(of: number)]?.inFlightCount += 1 }
        } else {
            delayedCount += 1
        }
    }

    mutating func becomeReady(_ number: Int) {
        entries[number]?.isReady = true
        entries[number]?.stored.visibleAt = 0
        if settings.isFIFO { offerTurn(to: group(of: number)) } else { ready.insert(number) }
    }

    /// Takes a message out of the counts, before it moves or is removed. Its elements in the heaps stay.
    mutating func leave(_ number: Int) {
        guard let entry = entries[number] else { return }
        if entry.isReady {
            entries[number]?.isReady = false
        } else if entry.isInFlight {
            inFlightCount -= 1
            if settings.isFIFO { groups[group(of: number)]?.inFlightCount -= 1 }
        } else {
            delayedCount -= 1
        }
    }

    /// Lets a group be received from if none of its messages is in flight and the first one is ready.
    mutating func offerTurn(to name: String) {
        guard let group = groups[name], group.inFlightCount == 0, let first = group.members.first,
            entries[first]?.isReady == true
        else { return }
        turns.insert(GroupTurn(number: first, group: name))
    }

    func group(of number: Int) -> String { entries[number]?.stored.message.groupID ?? "" }
}
