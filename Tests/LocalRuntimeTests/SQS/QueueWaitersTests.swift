import Testing

@testable import SQS

@Suite("The waiters of a queue")
struct QueueWaitersTests {
    @Test(.timeLimit(.minutes(1))) func aTimerThatFiresAsItStartsEndsTheWait() async {
        let waiters = QueueWaiters { _, fire in
            fire()
            return Task {}
        }
        await waiters.wait(since: waiters.version, milliseconds: 1)
    }

    @Test func aChangeSinceTheVersionEndsTheWaitWithoutATimer() async {
        let waiters = QueueWaiters { _, _ in
            Issue.record("A timer was started")
            return Task {}
        }
        let version = waiters.version
        waiters.wakeAll()
        await waiters.wait(since: version, milliseconds: 60_000)
    }
}
