import ChatCore
import FoundationEssentials
import Synchronization
import Testing

@testable import Connections

struct RefusalCounterTests {
    private final class Clock: Sendable {
        private let time = Mutex(Date(timeIntervalSince1970: 1_000_000))
        var now: Date { time.withLock { $0 } }
        func advance(_ seconds: TimeInterval) { time.withLock { $0 += seconds } }
    }

    private let clock = Clock()
    private let counter: RefusalCounter

    init() {
        let clock = clock
        counter = RefusalCounter(now: { clock.now })
    }

    /// The number of refusals, of this many, that were too many.
    private func refuse(_ count: Int, of user: UserID) -> Int {
        (0..<count).count { _ in counter.isTooMany(for: user) }
    }

    @Test func countsEachUser() {
        #expect(refuse(RefusalCounter.limit, of: "alice") == 0)
        #expect(refuse(RefusalCounter.limit + 3, of: "bob") == 3)
        #expect(refuse(2, of: "alice") == 2)
    }

    @Test func startsAgainAfterTheWindow() {
        #expect(refuse(RefusalCounter.limit, of: "alice") == 0)
        clock.advance(RefusalCounter.window - 1)
        #expect(refuse(1, of: "alice") == 1)
        clock.advance(1)
        #expect(refuse(RefusalCounter.limit, of: "alice") == 0)
    }

    @Test func remembersALimitedNumberOfUsers() {
        for user in 1...1_000 { _ = counter.isTooMany(for: UserID(rawValue: "user\(user)")) }
        #expect(refuse(RefusalCounter.limit * 2, of: "alice") == 0)
        clock.advance(RefusalCounter.window)
        #expect(refuse(RefusalCounter.limit + 1, of: "alice") == 1)
    }
}
