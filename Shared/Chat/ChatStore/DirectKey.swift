public import ChatCore

/// What a direct conversation is known by: its two participants, in either order.
public struct DirectKey: Hashable, Sendable {
    /// The length of the first id in bytes tells where it ends, whatever characters the ids have.
    public let rawValue: String

    public init(_ one: UserID, _ other: UserID) {
        let (first, second) = one < other ? (one, other) : (other, one)
        rawValue = "\(first.rawValue.utf8.count):\(first.rawValue)\(second.rawValue)"
    }
}
