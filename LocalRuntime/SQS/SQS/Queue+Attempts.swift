/// The messages that a receive from a FIFO queue returned, for when it is tried again because the response was lost.
///
/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
struct ReceiveAttempt {
    /// How long an attempt can be repeated, in milliseconds.
    static let interval: Int64 = 300_000

    /// Milliseconds since the epoch.
    var time: Int64
    var messages: [StoredMessage]
}

extension Queue {
    func remember(_ received: [Received], as attempt: String?) {
        guard let attempt, state.settings.isFIFO, !received.isEmpty else { return }
        let time = now()
        attempts = attempts.filter { $0.value.time + ReceiveAttempt.interval > time }
        attempts[attempt] = ReceiveAttempt(time: time, messages: received.map(\.stored))
    }

    /// The messages of an earlier attempt with the same receipt handles, hidden for the timeout from now on.
    ///
    /// - Parameter visibilityTimeout: In seconds.
    /// - Returns: Nil without such an attempt in the last five minutes, or if one of its messages has been deleted or
    ///   changed its visibility since.
    func repeated(_ attempt: String?, visibilityTimeout: Int) throws -> [Received]? {
        guard let attempt, state.settings.isFIFO, let earlier = attempts[attempt] else { return nil }
        let expired = advance()
        let time = now()
        let isUnchanged = earlier.messages.allSatisfy { message in
            guard let entry = state.entries[message.number] else { return false }
            return entry.isInFlight && entry.stored.visibleAt == message.visibleAt
                && entry.stored.receiveCount == message.receiveCount
        }
        guard isUnchanged, earlier.time + ReceiveAttempt.interval > time else {
            attempts[attempt] = nil
            try write(expired)
            return nil
        }
        let visibleAt = time + Int64(visibilityTimeout) * 1_000
        try write(expired, thenApply: earlier.messages.map { .hidden(number: $0.number, visibleAt: visibleAt) })
        let messages = earlier.messages.map { message in
            var message = message
            message.visibleAt = visibleAt
            return message
        }
        attempts[attempt]?.messages = messages
        waiters.wakeAll()
        return messages.map { Received(stored: $0, receiptHandle: ReceiptHandle($0, queue: name).text) }
    }
}
