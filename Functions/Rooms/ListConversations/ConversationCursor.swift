import ChatCore
import FoundationEssentials

/// The position at which a page of conversations ends. Clients see an opaque string that needs no escaping in a URL.
struct ConversationCursor: Sendable, Equatable {
    var activeAt: Timestamp
    var conversation: ConversationID

    init(activeAt: Timestamp, conversation: ConversationID) {
        self.activeAt = activeAt
        self.conversation = conversation
    }

    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2,
            let activeAt = Int64(parts[0], radix: 36),
            let conversation = ConversationID(String(parts[1]))
        else { return nil }
        self.init(activeAt: Timestamp(microseconds: activeAt), conversation: conversation)
    }

    var text: String { "\(String(activeAt.microseconds, radix: 36)).\(conversation)" }
}
