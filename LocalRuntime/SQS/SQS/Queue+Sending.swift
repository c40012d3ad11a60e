import EmulatorCore

extension Queue {
    /// A message to be sent.
    public struct Draft: Sendable {
        public var body: String
        public var attributes: [MessageAttribute] = []
        public var traceHeader: String?
        public var groupID: String?
        public var deduplicationID: String?
        /// Seconds; nil for the queue's own delay.
        public var delay: Int?

        public init(body: String) { self.body = body }

        /// Bytes that count against the limits of a message and of a batch.
        var size: Int { attributes.reduce(body.utf8.count) { $0 + $1.size } }
    }

    public struct Sent: Sendable {
        public var messageID: String
        /// Only in a FIFO queue.
        public var sequenceNumber: String?
    }

    /// Sends messages in order. Either all of them are stored, or none and an error is thrown.
    @discardableResult
    public func send(_ drafts: [Draft]) throws -> [Sent] {
        guard !isDeleted else { throw SQSError.nonExistentQueue }
        let time = now()
        var changes = advance()
        var results: [Sent] = []
        for draft in drafts {
            let message = message(draft, at: time)
            if let original = state.original(of: message, at: time) {
                let number = StoredMessage.sequenceNumber(original.number)
                results.append(Sent(messageID: original.messageID, sequenceNumber: number))
                continue
            }
            let stored = state.send(message, delay: draft.delay ?? state.settings.delay, at: time)
            changes.append(.stored(stored))
            let number = state.settings.isFIFO ? stored.sequenceNumber : nil
            results.append(Sent(messageID: message.id, sequenceNumber: number))
        }
        try writeSent(changes)
        waiters.wakeAll()
        return results
    }

    /// Appends changes that store messages, and withdraws the messages if that fails.
    private func writeSent(_ changes: [QueueChange]) throws {
        do {
            try write(changes)
        } catch {
            for case .stored(let stored) in changes { state.withdraw(stored) }
            throw error
        }
    }

    private func message(_ draft: Draft, at time: Int64) -> QueueMessage {
        var deduplicationID = draft.deduplicationID
        if state.settings.isFIFO, deduplicationID == nil {
            deduplicationID = MessageDigest.sha256(of: draft.body.utf8)
        }
        return QueueMessage(
            id: RequestID.make(),
            body: draft.body,
            attributes: draft.attributes,
            traceHeader: draft.traceHeader,
            groupID: draft.groupID,
            deduplicationID: deduplicationID,
            sentAt: time
        )
    }

    /// Stores the dead letters of another queue. A message that is stored already is not stored again.
    func accept(_ messages: [StoredMessage], from source: String) throws {
        guard !isDeleted else { throw SQSError.nonExistentQueue }
        var changes = advance()
        let known = Set(state.entries.values.map(\.stored.message.id))
        for stored in messages where !known.contains(stored.message.id) {
            var message = stored.message
            message.deadLetterSource = source
            // In a FIFO queue the retention period of a dead letter restarts.
            if state.settings.isFIFO { message.sentAt = now() }
            changes.append(.stored(state.send(message, delay: 0, at: now())))
        }
        try writeSent(changes)
        waiters.wakeAll()
    }
}
