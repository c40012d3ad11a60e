import Logging

extension ObjectStore {
    /// How long tries go on, and how far they are apart.
    public struct RetryPolicy: Sendable {
        /// Doubles with every try.
        public var firstDelay: Duration = .milliseconds(100)
        public var longestDelay: Duration = .seconds(30)
        /// From the first try on, after which the event is dropped.
        public var limit: Duration = .seconds(4 * 3_600)

        public init() {}
    }

    /// Brings every event to its destination, until the task is cancelled.
    ///
    /// Events that were not confirmed when the store was closed come again. Those of one key come in order.
    public func deliverEvents(to destination: any EventDestination, policy: RetryPolicy = RetryPolicy()) async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                for lane in await outbox.freshLanes() {
                    group.addTask { await self.serve(lane, destination, policy) }
                }
            }
        }
    }

    private func serve(_ lane: Outbox.Lane, _ destination: any EventDestination, _ policy: RetryPolicy) async {
        while let event = outbox.first(in: lane) {
            guard await deliver(event, destination, policy) else { return }
            outbox.removeFirst(in: lane)
            do {
                try await commit { _ in (.delivered(event: event.id), ()) }
            } catch {
                // It comes once more when the store is opened again.
                logger.warning("A delivered event cannot be noted", metadata: ["error": "\(error)"])
            }
        }
    }

    /// - Returns: Whether that is the end of it; false if it was cancelled.
    private func deliver(
        _ event: PendingEvent,
        _ destination: any EventDestination,
        _ policy: RetryPolicy
    ) async -> Bool {
        let metadata: Logger.Metadata = [
            "bucket": "\(event.bucket)", "key": "\(event.key)", "destination": "\(event.destination)",
        ]
        let start = ContinuousClock.now
        var delay = policy.firstDelay
        while !Task.isCancelled {
            do {
                try await destination.deliver(Array(event.document.utf8), to: event.destination)
                return true
            } catch let error as UndeliverableEvent {
                logger.warning("An event is dropped: \(error.reason)", metadata: metadata)
                return true
            } catch {
                guard ContinuousClock.now - start < policy.limit else {
                    logger.warning("An event is dropped after many tries: \(error)", metadata: metadata)
                    return true
                }
                if delay == policy.firstDelay {
                    logger.notice("An event is tried again: \(error)", metadata: metadata)
                }
            }
            try? await Task.sleep(for: delay)
            delay = min(delay * 2, policy.longestDelay)
        }
        return false
    }
}
