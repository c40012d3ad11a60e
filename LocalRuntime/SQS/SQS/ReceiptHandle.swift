import FoundationEssentials

/// Says which message somebody received, and the how manieth time that was.
struct ReceiptHandle: Sendable, Hashable {
    var queue: String
    var number: Int
    var receiveCount: Int
    var messageID: String

    init(queue: String, number: Int, receiveCount: Int, messageID: String) {
        self.queue = queue
        self.number = number
        self.receiveCount = receiveCount
        self.messageID = messageID
    }

    /// Nil for a text that no queue gave out.
    init?(_ text: String) {
        guard let data = Data(base64Encoded: text) else { return nil }
        let parts = String(decoding: data, as: UTF8.self).split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 4, let number = Int(parts[1]), let receiveCount = Int(parts[2]) else { return nil }
        self.init(
            queue: String(parts[0]),
            number: number,
            receiveCount: receiveCount,
            messageID: String(parts[3])
        )
    }

    var text: String { Data("\(queue) \(number) \(receiveCount) \(messageID)".utf8).base64EncodedString() }
}
