import NIOCore

/// How much input that costs more to process than to send a connection may send.
///
/// Units come back over time. What exceeds them is a debt, which the connection has to wait out.
struct UnitBudget {
    private let capacity: Double
    private let unitsPerSecond: Double
    private var units: Double
    private var last: NIODeadline

    init(capacity: Int, unitsPerSecond: Int, at now: NIODeadline) {
        self.capacity = Double(capacity)
        self.unitsPerSecond = Double(unitsPerSecond)
        units = self.capacity
        last = now
    }

    var isInDebt: Bool { units < 0 }

    mutating func spend(_ count: Int, at now: NIODeadline) {
        refill(at: now)
        units -= Double(count)
    }

    /// How long to wait until there is no debt; zero without one.
    mutating func delay(at now: NIODeadline) -> TimeAmount {
        refill(at: now)
        return isInDebt ? .nanoseconds(Int64(-units / unitsPerSecond * 1e9) + 1) : .zero
    }

    private mutating func refill(at now: NIODeadline) {
        let elapsed = Double((now - last).nanoseconds) / 1e9
        last = now
        units = min(capacity, units + elapsed * unitsPerSecond)
    }
}
