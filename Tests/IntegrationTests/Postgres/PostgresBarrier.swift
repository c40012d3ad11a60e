import Foundation

/// Blocks threads until all parties have arrived. For the bodies of transactions, which are synchronous.
final class Barrier: @unchecked Sendable {
    // The condition's lock guards the count.
    private let condition = NSCondition()
    private var missing: Int

    init(parties: Int) {
        missing = parties
    }

    func arrive() {
        condition.lock()
        defer { condition.unlock() }
        missing -= 1
        condition.broadcast()
        while missing > 0 { condition.wait() }
    }
}
