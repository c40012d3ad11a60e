import Foundation
import NIOCore
import NIOHTTP1

/// A client of the chat's two APIs.
struct ChatServer: Sendable {
    let address: Address
    let http: HTTPClient
    private let loop: any EventLoop

    init(at address: Address, on loop: any EventLoop) async throws {
        self.address = address
        self.loop = loop
        http = try await HTTPClient.connect(to: address, on: loop)
    }

    func user(_ name: String) async throws -> ChatUser {
        struct Reply: Decodable { var token: String }
        let reply = try await http.request(.POST, "/_local/token", body: #"{"user":"\#(name)"}"#)
        return ChatUser(
            name: name,
            token: try JSONDecoder().decode(Reply.self, from: Data(reply.body.readableBytesView)).token
        )
    }

    func connect(_ user: ChatUser) async throws -> ChatConnection {
        let path = "/live?Authorization=\(user.token)"
        return ChatConnection(socket: try await WebSocketClient.connect(to: address, path: path, on: loop))
    }

    /// A direct conversation with one recipient, a group with more.
    func createConversation(_ creator: ChatUser, with recipients: [ChatUser]) async throws -> String {
        struct Request: Encodable {
            var recipientIdArr: [String]
            var title: String?
            var isGroup: Bool
        }
        struct Reply: Decodable { var conversationId: String }
        let request = Request(
            recipientIdArr: recipients.map(\.name),
            title: recipients.count > 1 ? "Group of \(recipients.count + 1)" : nil,
            isGroup: recipients.count > 1
        )
        let body = String(decoding: try JSONEncoder().encode(request), as: UTF8.self)
        let reply = try await http.request(.POST, "/conversation", token: creator.token, body: body)
        return try JSONDecoder().decode(Reply.self, from: Data(reply.body.readableBytesView)).conversationId
    }
}

struct ChatUser: Sendable {
    var name: String
    var token: String
}

struct ChatConnection: Sendable {
    enum Kind: String { case messageSent = "message-sent", newMessage = "new-message" }

    let socket: WebSocketClient

    /// Sends a message of average size and returns the time at which it was written.
    func send(_ id: String, to conversation: String) -> NIODeadline {
        let text = "A message of the size that people send, about eighty characters long on average."
        let now = NIODeadline.now()
        socket.send(
            #"{"action":"send-message","conversationId":"\#(conversation)","tempMessageId":"\#(id)","content":"\#(text)"}"#
        )
        return now
    }

    /// Waits for these frames about the message of this `tempMessageId` and returns their times of arrival. Other frames
    /// are skipped.
    func receive(_ kinds: Set<Kind>, of id: String) async throws -> [Kind: NIODeadline] {
        let identifier = #""tempMessageId":"\#(id)""#
        var times: [Kind: NIODeadline] = [:]
        while times.count < kinds.count {
            let arrival = try await socket.inbox.next()
            // Only errors, of functions and of the gateway, have a member of this name.
            if arrival.content.contains(#""message":"#) { throw Failure(String(buffer: arrival.content)) }
            guard arrival.content.contains(identifier) else { continue }
            for kind in kinds where arrival.content.contains(#""type":"\#(kind.rawValue)""#) {
                times[kind] = arrival.time
            }
        }
        return times
    }

    func delivery(of id: String) async throws -> NIODeadline {
        try await receive([.newMessage], of: id)[.newMessage]!
    }
}

extension ByteBuffer {
    /// Searching bytes takes a hundredth of the time of decoding JSON; the client must not limit the measurement.
    func contains(_ text: String) -> Bool {
        withUnsafeReadableBytes { bytes in
            var text = text
            return text.withUTF8 { needle in
                guard bytes.count >= needle.count else { return false }
                return (0...bytes.count - needle.count).contains { offset in
                    bytes[offset] == needle[0] && bytes[offset..<offset + needle.count].elementsEqual(needle)
                }
            }
        }
    }
}
