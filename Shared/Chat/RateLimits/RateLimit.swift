/// A token bucket: it holds `count` tokens, and is filled from empty to full in `seconds`. An action takes one token.
public struct RateLimit: Sendable, Hashable {
    public var count: Int
    public var seconds: Int

    public init(_ count: Int, per seconds: Int) {
        self.count = count
        self.seconds = seconds
    }

    /// The time in which one token is added, in milliseconds.
    var interval: Double { Double(seconds) * 1000 / Double(count) }
}

/// What a user does, and how often is limited. Each action has its own bucket for each user.
public enum LimitedAction: String, Sendable, CaseIterable {
    case connect
    case heartbeat
    case authenticate
    case sendMessage = "send-message"
    case readMessages = "read-messages"
    /// Every GET route.
    case read
    case createConversation = "create-conversation"
    case createGroup = "create-group"
    case createFile = "create-file"
}
