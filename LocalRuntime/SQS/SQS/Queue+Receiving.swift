extension Queue {
    /// A received message, with the handle that deletes it.
    public struct Received: Sendable {
        public var stored: StoredMessage
        public var receiptHandle: String

        public var message: QueueMessage { stored.message }
    }

    /// Receives up to ten messages; waits for one if there are none.
    ///
    /// - Parameters:
    ///   - wait: Seconds; nil for the queue's own.
    ///   - visibilityTimeout: Seconds; nil for the queue's own.
    ///   - attempt: An id of this call. In a FIFO queue, a call with the same id in the next five minutes receives the
    ///     same messages, unless one of them has been deleted or changed its visibility.
    public func receive(
        _ maximum: Int,
        wait: Int? = nil,
        visibilityTimeout: Int? = nil,
        attempt: String? = nil
    ) async throws -> [Received] {
        let deadline = now() + Int64(wait ?? state.settings.receiveWaitTime) * 1_000
        while true {
            guard !isDeleted else { throw SQSError.nonExistentQueue }
            let timeout = visibilityTimeout ?? state.settings.visibilityTimeout
            if let repeated = try repeated(attempt, visibilityTimeout: timeout) { return repeated }
            // Read before the queue is looked at, so that no change after that is missed.
            let version = waiters.version
            let (received, hasMovedDeadLetters) = try await take(maximum, timeout)
            remember(received, as: attempt)
            // Messages may have arrived while dead letters were moved.
            if received.isEmpty, hasMovedDeadLetters { continue }
            let time = now()
            guard received.isEmpty, time < deadline, !waiters.isClosed, !Task.isCancelled else { return received }
            let end = min(deadline, max(state.nextVisibility ?? deadline, time + 1))
            await waiters.wait(since: version, milliseconds: end - time)
        }
    }

    private func take(
        _ maximum: Int,
        _ visibilityTimeout: Int
    ) async throws -> (received: [Received], hasMovedDeadLetters: Bool) {
        let changes = advance()
        let policy = state.settings.redrivePolicy
        let deadLetterQueue = policy.flatMap { self.deadLetterQueue($0.deadLetterTarget) }
        let receipt = state.receive(
            maximum,
            visibilityTimeout: visibilityTimeout,
            maximumReceiveCount: deadLetterQueue == nil ? nil : policy?.maximumReceiveCount,
            at: now()
        )
        do {
            try write(changes + receipt.changes)
        } catch {
            for stored in receipt.originals + receipt.dead { state.reinstate(stored) }
            throw error
        }
        if let deadLetterQueue, !receipt.dead.isEmpty { try await move(receipt.dead, to: deadLetterQueue) }
        let messages = receipt.received.map { stored in
            Received(stored: stored, receiptHandle: ReceiptHandle(stored, queue: name).text)
        }
        return (messages, deadLetterQueue != nil && !receipt.dead.isEmpty)
    }

    /// Moves messages to the dead-letter queue. They are stored here until they are stored there; if the process is
    /// killed in between, they are moved again.
    private func move(_ dead: [StoredMessage], to deadLetterQueue: Queue) async throws {
        do {
            try await deadLetterQueue.accept(dead, from: arn)
            try write([], thenApply: dead.map { .removed(number: $0.number) })
        } catch {
            for stored in dead { state.reinstate(stored) }
            throw error
        }
        waiters.wakeAll()
    }
}
