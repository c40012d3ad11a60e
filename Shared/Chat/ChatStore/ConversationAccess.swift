public import ChatCore

/// Whether a user has access to a conversation, which all its participants have.
public struct ConversationAccess: Sendable, Equatable {
    public var conversationExists: Bool
    public var isParticipant: Bool

    public init(conversationExists: Bool, isParticipant: Bool) {
        self.conversationExists = conversationExists
        self.isParticipant = isParticipant
    }

    public static let granted = ConversationAccess(conversationExists: true, isParticipant: true)
    public static let notAParticipant = ConversationAccess(conversationExists: true, isParticipant: false)
    public static let notFound = ConversationAccess(conversationExists: false, isParticipant: false)

    /// Throws `not_found` or `not_a_participant` without access.
    public func require() throws(ChatError) {
        guard conversationExists else {
            throw ChatError(.notFound, "There is no conversation with this id; check `conversationId`.")
        }
        guard isParticipant else {
            throw ChatError(.notAParticipant, "Only participants have access to this conversation.")
        }
    }
}
