import Logging

extension ObjectStore {
    /// How often and how long the delivery of an event is tried.
    public struct RetryPolicy: Sendable {
        /// The delay after the first attempt; it doubles with every further attempt.
        public var firstDelay: Duration = .milliseconds(100)
        public var longestDelay: Duration = .seconds(30)
        /// The time from the first attempt after which the event is dropped.
        public var limit: Duration = .seconds(4 * 3_600)

        public init() {}
    }

    /// Delivers events until the task is cancelled. The events of one key are delivered in order.
    ///
    /// An event that was not confirmed when the store was closed is delivered again.
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
                // The event is delivered again after the store has been reopened.
                logger.warning("A delivered event cannot be recorded", metadata: ["error": "\(error)"])
            }
        }
    }

    /// - Returns: Whether the event was delivered or dropped; false if the task was cancelled.
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
                    logger.warning("An event is dropped after many attempts: \(error)", metadata: metadata)
                    return true
                }
                if delay == policy.firstDelay {
                    logger.notice("The delivery of an event failed and is retried: \(error)", metadata: metadata)
                }
            }
            try? await Task.sleep(for: delay)
            delay = min(delay * 2, policy.longestDelay)
        }
        return false
    }
}
