import Connections
import FileCredentials
import FoundationEssentials
import ManagementAPI
import Messages
import RateLimits

/// Stores a message and pushes it to every connection of every participant, including the sender's own.
struct SendMessageHandler: LambdaHandler {
    let database: any Database
    let broadcaster: Broadcaster
    let fileURLs: SignedFileURLs
    var identifiers = IdentifierGenerator.version7
    var now: @Sendable () -> Date = { .now }
    var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }

    /// Pauses between attempts to attach files: a file is confirmed a moment after its upload, and a message that is sent
    /// in between need not fail.
    private static let pauses: [Duration] = [100, 200, 400, 800, 1500].map { .milliseconds($0) }

    func handle(_ event: WebSocketEvent, context: LambdaContext) async throws -> WebSocketResponse {
        let endpoint = ManagementEndpoint(of: event)
        let origin = try await broadcaster.origin(of: event, at: endpoint, charging: .sendMessage)
        let (request, message) = try await broadcaster.chargingFailures(
            of: .sendMessage,
            by: origin,
            logger: context.logger
        ) {
            let request: Request = try event.request()
            return (request, try await store(request, from: origin.user))
        }
        let reply = try Reply(to: request, message).json()
        guard !message.recipients.isEmpty else {
            await broadcaster.charge(.sendMessage, to: origin, logger: context.logger)
            return .reply(reply)
        }
        let broadcast = Broadcast(
            try push(of: request, message, from: origin.user).json(),
            to: message.recipients,
            from: origin,
            reply: reply,
            at: endpoint,
            charging: .sendMessage
        )
        return await broadcaster.push(broadcast, logger: context.logger) ? .ok : .reply(reply)
    }

    private func push(of request: Request, _ message: StoreMessage.Stored, from sender: UserID) -> ChatMessage {
        let time = now()
        return ChatMessage(
            messageId: message.id,
            tempMessageId: request.tempMessageId,
            conversationId: request.conversationId,
            seq: message.seq,
            senderId: sender,
            content: request.content,
            sentAt: message.sentAt,
            attachments: message.files.map { Attachment($0, url: fileURLs.url(for: $0.id, at: time)) }
        )
    }

    /// Stores the message, or finds it if it is stored already.
    private func store(_ request: Request, from caller: UserID) async throws -> StoreMessage.Stored {
        let statement = StoreMessage(
            conversation: request.conversationId,
            sender: caller,
            clientMessageID: request.tempMessageId,
            id: identifiers.next(),
            content: request.content,
            attachments: request.attachments
        )
        for pause in Self.pauses {
            let row = try await run(statement)
            if let message = row.message { return message }
            guard row.knownFiles == request.attachments.count else {
                throw ChatError(.notFound, "`attachments` names a file that you have not created; check its id.")
            }
            try await sleep(pause)
        }
        guard let message = try await run(statement).message else {
            throw ChatError(
                .invalidRequest,
                "`attachments` names a file that is not uploaded, or was refused; upload it first."
            )
        }
        return message
    }

    /// Of several concurrent sends with the same `tempMessageId`, one stores its message. The others fail with a unique
    /// violation and find that message when they run again.
    private func run(_ statement: StoreMessage) async throws -> StoreMessage.Row {
        for _ in 1...3 {
            do {
                guard let row = try await database.run(statement).first else { continue }
                try row.access.require()
                return row
            } catch let error as PostgresError where error.isUniqueViolation {
                continue
            }
        }
        throw ChatError(.conflict, "Another message with this `tempMessageId` is being stored; send it again.")
    }
}

extension SendMessageHandler {
    struct Request: ChatRequest {
        var conversationId: ConversationID
        /// Empty only if files are attached.
        var content: String
        var attachments: [FileID]
        var tempMessageId: String
        var requestId: String?

        init(_ fields: RequestFields) throws(ChatError) {
            requestId = try fields.requestID()
            conversationId = try fields.identifier("conversationId")
            tempMessageId = try fields.string("tempMessageId", 1...128)
            attachments = try Self.files(fields.optionalStrings("attachments") ?? [])
            content =
                attachments.isEmpty
                ? try fields.string("content", 1...4096, trimming: true, tooLong: .tooLarge)
                : try fields.optionalString("content", 0...4096, trimming: true, tooLong: .tooLarge) ?? ""
        }

        private static func files(_ names: [String]) throws(ChatError) -> [FileID] {
            let files = names.compactMap { FileID($0) }
            guard files.count == names.count, Set(files).count == files.count, files.count <= 10 else {
                throw ChatError(.invalidRequest, "`attachments` must be at most 10 different file ids.")
            }
            return files
        }
    }

    struct Reply: Encodable {
        var type = "message-sent"
        var tempMessageId: String
        var messageId: MessageID
        var conversationId: ConversationID
        var seq: Int64
        var sentAt: Timestamp
        var requestId: String?

        init(to request: Request, _ message: StoreMessage.Stored) {
            tempMessageId = request.tempMessageId
            messageId = message.id
            conversationId = request.conversationId
            seq = message.seq
            sentAt = message.sentAt
            requestId = request.requestId
        }
    }
}
