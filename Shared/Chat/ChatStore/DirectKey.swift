public import ChatCore

/// The unique key of a direct conversation: its two participants, regardless of their order.
public struct DirectKey: Hashable, Sendable {
    /// The sorted ids, after the length of the first one in bytes. The length makes it unambiguous where the first id
    /// ends.
    public let rawValue: String

    public init(_ one: UserID, _ other: UserID) {
        let (first, second) = one < other ? (one, other) : (other, one)
        rawValue = "\(first.rawValue.utf8.count):\(first.rawValue)\(second.rawValue)"
    }
}
