import FoundationEssentials

/// Identifies one receive of a message: the message and its receive count at that time.
struct ReceiptHandle: Sendable, Hashable {
    var queue: String
    var number: Int
    var receiveCount: Int
    var messageID: String

    init(_ stored: StoredMessage, queue: String) {
        self.queue = queue
        number = stored.number
        receiveCount = stored.receiveCount
        messageID = stored.message.id
    }

    /// Nil for any text that is not a handle.
    init?(_ text: String) {
        guard let data = Data(base64Encoded: text) else { return nil }
        let parts = String(decoding: data, as: UTF8.self).split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 4, let number = Int(parts[1]), let receiveCount = Int(parts[2]) else { return nil }
        queue = String(parts[0])
        self.number = number
        self.receiveCount = receiveCount
        messageID = String(parts[3])
    }

    var text: String { Data("\(queue) \(number) \(receiveCount) \(messageID)".utf8).base64EncodedString() }
}
