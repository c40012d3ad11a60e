import ChatCore

struct CreateConversationRequest: ChatRequest {
    var recipients: [UserID]
    var isGroup: Bool
    /// Always nil for a direct conversation.
    var title: String?

    init(_ fields: RequestFields) throws(ChatError) {
        isGroup = try fields.optionalBoolean("isGroup") ?? false
        title = isGroup ? try fields.string("title", 1...300, trimming: true) : nil
        recipients = []
        for name in try fields.optionalStrings("recipientIdArr") ?? [] {
            guard let recipient = UserID(validating: name) else {
                throw ChatError(
                    .invalidRequest,
                    "`recipientIdArr` must contain user ids: each of \(UserID.rule)."
                )
            }
            recipients.append(recipient)
        }
    }

    /// The recipients without duplicates. A group's creator may be among the recipients, which changes nothing.
    func others(than caller: UserID) throws(ChatError) -> [UserID] {
        let others = Set(recipients)
        guard isGroup else {
            guard let other = others.first, others.count == 1, other != caller else {
                throw ChatError(.invalidRequest, "`recipientIdArr` must contain exactly one other user.")
            }
            return [other]
        }
        let members = others.subtracting([caller])
        guard (2...999).contains(members.count) else {
            throw ChatError(.invalidRequest, "`recipientIdArr` must contain 2 to 999 other users for a group.")
        }
        return Array(members)
    }
}
