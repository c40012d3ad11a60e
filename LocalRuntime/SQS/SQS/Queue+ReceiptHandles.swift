extension Queue {
    /// Deletes a received message. Deleting it again is not an error.
    ///
    /// - Throws: ``SQSError`` in a FIFO queue if the message is no longer in flight. In a standard queue an old handle
    ///   does nothing once the message has been received again.
    public func delete(_ receiptHandle: String) throws {
        let changes = advance()
        let handle = try handle(receiptHandle)
        guard let entry = entry(of: handle) else { return try write(changes) }
        let isCurrent = entry.stored.receiveCount == handle.receiveCount
        guard !state.settings.isFIFO || isCurrent && entry.isInFlight else {
            try write(changes)
            throw SQSError.invalidParameter(
                receiptHandle,
                of: "ReceiptHandle",
                reason: "The receipt handle has expired."
            )
        }
        guard isCurrent else { return try write(changes) }
        try write(changes, thenApply: [.removed(number: handle.number)])
        waiters.wakeAll()
    }

    /// Changes the time until a message in flight becomes visible.
    ///
    /// - Parameter timeout: In seconds from now.
    public func changeVisibility(_ receiptHandle: String, timeout: Int) throws {
        let changes = advance()
        let handle = try handle(receiptHandle)
        try write(changes)
        guard let entry = entry(of: handle) else {
            throw SQSError.invalidParameter(
                receiptHandle,
                of: "ReceiptHandle",
                reason: "Message does not exist or is not available for visibility timeout change."
            )
        }
        guard entry.isInFlight, entry.stored.receiveCount == handle.receiveCount else {
            throw SQSError.messageNotInFlight
        }
        let hidden = QueueChange.hidden(number: handle.number, visibleAt: now() + Int64(timeout) * 1_000)
        try write([], thenApply: [hidden])
        waiters.wakeAll()
    }

    /// Hides a message and undoes its last receive: the receive count decreases by one.
    ///
    /// - Parameter timeout: In seconds.
    public func putBack(_ receiptHandle: String, for timeout: Int) throws {
        let handle = try handle(receiptHandle)
        guard let entry = entry(of: handle), entry.isInFlight, entry.stored.receiveCount == handle.receiveCount else {
            throw SQSError.messageNotInFlight
        }
        let change = undoingLastReceive(of: entry.stored, visibleAt: now() + Int64(timeout) * 1_000)
        try write([], thenApply: [change])
        waiters.wakeAll()
    }

    /// Makes messages in flight visible and undoes their last receives, for a queue whose only receiver has just
    /// started.
    ///
    /// - Parameter limit: In seconds. A message that becomes visible within this time was hidden on purpose, to be
    ///   tried again then, and stays hidden.
    public func releaseInFlight(hiddenBeyond limit: Int) throws {
        let time = now()
        let changes = state.entries.values
            .filter { $0.isInFlight && $0.stored.visibleAt > time + Int64(limit) * 1_000 }
            .map { undoingLastReceive(of: $0.stored, visibleAt: time) }
        try write([], thenApply: changes)
        waiters.wakeAll()
    }

    private func undoingLastReceive(of stored: StoredMessage, visibleAt: Int64) -> QueueChange {
        .received(
            number: stored.number,
            visibleAt: visibleAt,
            count: stored.receiveCount - 1,
            time: stored.firstReceivedAt ?? now()
        )
    }

    private func handle(_ text: String) throws -> ReceiptHandle {
        guard let handle = ReceiptHandle(text), handle.queue == name else {
            throw SQSError.invalidReceiptHandle(text)
        }
        return handle
    }

    private func entry(of handle: ReceiptHandle) -> QueueState.Entry? {
        guard let entry = state.entries[handle.number], entry.stored.message.id == handle.messageID else { return nil }
        return entry
    }
}
