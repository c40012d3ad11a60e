import ChatCore
import FoundationEssentials
import Synchronization

/// Counts the requests of each user that are refused although the user's clients were told when to try again.
///
/// Each of them costs an invocation, so a client that goes on is disconnected. Every process of a function counts for
/// itself.
final class RefusalCounter: Sendable {
    /// More than a client has in flight that sends a whole queue of messages without waiting.
    static let limit = 200
    /// In seconds.
    static let window: TimeInterval = 20
    /// The number of users whose refusals are remembered.
    private static let maximumRemembered = 1_000

    private struct Count {
        var first: Date
        var refusals = 0
    }

    private let now: @Sendable () -> Date
    private let counts = Mutex<[UserID: Count]>([:])

    init(now: @escaping @Sendable () -> Date = { Date() }) {
        self.now = now
    }

    /// Counts a refusal. Returns whether it exceeds the limit of the window that began with the user's first one.
    func isTooMany(for user: UserID) -> Bool {
        let time = now()
        return counts.withLock { counts in
            if counts[user] == nil, counts.count >= Self.maximumRemembered {
                counts = counts.filter { time.timeIntervalSince($0.value.first) < Self.window }
                guard counts.count < Self.maximumRemembered else { return false }
            }
            var count = counts[user] ?? Count(first: time)
            if time.timeIntervalSince(count.first) >= Self.window { count = Count(first: time) }
            count.refusals += 1
            counts[user] = count
            return count.refusals > Self.limit
        }
    }
}
