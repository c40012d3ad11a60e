import Connections
import FileCredentials
import FoundationEssentials
import Messages
import Synchronization
import TestSupport
import Testing

@testable import SendMessage

struct SendMessageTests {
    let database = StubDatabase()
    let presence = Presence(["alice": ["phone", "laptop"], "bob": ["desk"]])
    let connections = RecordingConnections()
    let identifier: MessageID = "0193513e-5e2a-7c3d-8f00-00000000cafe"
    let pauses = Pauses()
    let file = "0193513e-5e2a-7c3d-8f00-00000000f11e.jpg"

    init() {
        database.answer(StoreMessage.self) { statement in
            let message = StoreMessage.Stored(id: statement.id, seq: 7, sentAt: sentAt, recipients: ["alice", "bob"])
            return [StoreMessage.Row(access: .granted, message: message)]
        }
    }

    private func handle(_ event: WebSocketEvent, presence: Presence? = nil) async throws -> WebSocketResponse {
        let handler = SendMessageHandler(
            database: database,
            broadcaster: Broadcaster(
                map: (presence ?? self.presence).map,
                sender: connections,
                limiter: self.presence.limiter,
                sleep: pauseUntilCancelled
            ),
            fileURLs: .example,
            identifiers: IdentifierGenerator { identifier.rawValue },
            now: { .example },
            sleep: { pause in pauses.record(pause) }
        )
        return try await handler.handle(event, context: .test)
    }

    private func request(_ replacing: [String: String?] = [:]) -> String {
        var fields = [
            "action": #""send-message""#, "conversationId": "\"\(conversation)\"", "content": #""hi""#,
            "tempMessageId": #""t1""#,
        ]
        for (name, value) in replacing { fields[name] = value }
        return "{\(fields.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ","))}"
    }

    @Test func repliesToTheCaller() async throws {
        let response = try await handle(.message(request(["requestId": #""r1""#])))

        #expect(response.statusCode == 200)
        let expected: JSON = [
            "type": "message-sent", "tempMessageId": "t1", "messageId": "0193513e-5e2a-7c3d-8f00-00000000cafe",
            "conversationId": "0193513e-5e2a-7c3d-8f00-0123456789ab", "seq": 7, "sentAt": "2026-11-21T20:39:16.123Z",
            "requestId": "r1",
        ]
        #expect(try JSON(#require(response.body)) == expected)
    }

    @Test func pushesToEveryConnectionOfEveryParticipant() async throws {
        _ = try await handle(.message(request(), from: "alice", on: "phone"))

        let post = try #require(connections.posts.first)
        #expect(connections.posts.count == 1)
        #expect(post.connections == ["phone", "laptop", "desk"])
        let expected: JSON = [
            "type": "new-message", "messageId": "0193513e-5e2a-7c3d-8f00-00000000cafe", "tempMessageId": "t1",
            "conversationId": "0193513e-5e2a-7c3d-8f00-0123456789ab", "seq": 7, "senderId": "alice", "content": "hi",
            "sentAt": "2026-11-21T20:39:16.123Z", "attachments": [],
        ]
        #expect(try JSON(post.payload) == expected)
    }

    @Test func entersAndChargesTheSenderInTheSameRoundTrip() async throws {
        _ = try await handle(.message(request(), from: "alice", on: "phone"))
        #expect(presence.entered == ["phone"])
        #expect(presence.charged == ["rate:{alice}:send-message"])
        #expect(presence.redis.roundTrips == 1)
    }

    @Test func storesTheTrimmedMessage() async throws {
        _ = try await handle(.message(request(["content": #""  \u00e9\n😀 ""#, "attachments": "[]"]), from: "alice"))

        let statement = try #require(database.ran(StoreMessage.self).first)
        #expect(statement.conversation == conversation)
        #expect(statement.sender == "alice")
        #expect(statement.clientMessageID == "t1")
        #expect(statement.content == "é\n😀")
    }

    @Test func pushesNothingForAMessageThatExistedBefore() async throws {
        database.answer(StoreMessage.self) { _ in
            let message = StoreMessage.Stored(
                id: "0193513e-0000-7000-8000-000000000001",
                seq: 3,
                sentAt: sentAt,
                recipients: []
            )
            return [StoreMessage.Row(access: .granted, message: message)]
        }
        let response = try await handle(.message(request()))

        #expect(try JSON(#require(response.body))["seq"] == 3)
        #expect(connections.posts.isEmpty)
        #expect(presence.charged == ["rate:{alice}:send-message"])
    }

    @Test func findsTheMessageThatAConcurrentSendStored() async throws {
        let database = database
        database.answer(StoreMessage.self) { statement throws(PostgresError) in
            guard database.ran(StoreMessage.self).count > 1 else {
                throw PostgresError(.server, sqlState: "23505", message: "unique violation")
            }
            let message = StoreMessage.Stored(id: statement.id, seq: 3, sentAt: sentAt, recipients: [])
            return [StoreMessage.Row(access: .granted, message: message)]
        }
        let response = try await handle(.message(request()))
        #expect(try JSON(#require(response.body))["seq"] == 3)
        #expect(Set(database.ran(StoreMessage.self).map(\.id)).count == 1)
    }

    @Test func givesUpAfterThreeConflicts() async {
        database.answer(StoreMessage.self) { _ throws(PostgresError) in
            throw PostgresError(.server, sqlState: "23505", message: "unique violation")
        }
        await expectRefusal(.conflict) { _ = try await handle(.message(request())) }
        #expect(database.ran(StoreMessage.self).count == 3)
    }

    @Test func acknowledgesEvenIfThePushFails() async throws {
        let response = try await handle(.message(request()), presence: .unavailable)
        #expect(try JSON(#require(response.body))["type"] == "message-sent")
        #expect(connections.posts.isEmpty)
    }

    @Test(arguments: [(ConversationAccess.notAParticipant, ChatError.Code.notAParticipant), (.notFound, .notFound)])
    func refusesAUserWithoutAccessAndPushesNothing(access: ConversationAccess, code: ChatError.Code) async {
        database.answer(StoreMessage.self) { _ in [StoreMessage.Row(access: access)] }
        await expectRefusal(code) { _ = try await handle(.message(request())) }
        #expect(connections.posts.isEmpty)
        #expect(presence.charged == ["rate:{alice}:send-message"])
    }

    @Test(
        arguments: [
            ("content", nil, "`content` must be a string of 1 to 4,096 characters."),
            ("content", "7", "`content` must be a string of 1 to 4,096 characters."),
            ("content", "null", "`content` must be a string of 1 to 4,096 characters."),
            ("content", #"["hi"]"#, "`content` must be a string of 1 to 4,096 characters."),
            ("content", #""""#, "`content` must be a string of 1 to 4,096 characters."),
            ("content", #"" \n\t\u3000""#, "`content` must be a string of 1 to 4,096 characters."),
            ("content", #""a\u0000b""#, "`content` must not contain the character U+0000."),
            ("tempMessageId", nil, "`tempMessageId` must be a string of 1 to 128 characters."),
            ("tempMessageId", "1", "`tempMessageId` must be a string of 1 to 128 characters."),
            ("tempMessageId", #""""#, "`tempMessageId` must be a string of 1 to 128 characters."),
            ("tempMessageId", #""\u0000""#, "`tempMessageId` must not contain the character U+0000."),
            ("conversationId", nil, "`conversationId` must be a UUID."),
            ("conversationId", "7", "`conversationId` must be a UUID."),
            ("conversationId", #""7""#, "`conversationId` must be a UUID."),
            ("conversationId", #""{0193513e-5e2a-7c3d-8f00-0123456789ab}""#, "`conversationId` must be a UUID."),
            ("conversationId", #""0193513e-5e2a-7c3d-8f00-0123456789a' OR 1=1""#, "`conversationId` must be a UUID."),
            ("requestId", "7", "`requestId` must be a string of at most 128 characters."),
            ("attachments", #"["f"]"#, "`attachments` must be at most 10 different file ids."),
            (
                "attachments",
                #"["0193513e-5e2a-7c3d-8f00-00000000f11e.jpg", "0193513e-5e2a-7c3d-8f00-00000000f11e.jpg"]"#,
                "`attachments` must be at most 10 different file ids."
            ),
            (
                "attachments",
                "[" + (10...20).map { "\"0193513e-5e2a-7c3d-8f00-0000000000\($0).jpg\"" }.joined(separator: ",") + "]",
                "`attachments` must be at most 10 different file ids."
            ),
            ("attachments", #"[7]"#, "`attachments` must be an array of strings."),
            ("attachments", #""f""#, "`attachments` must be an array of strings."),
        ] as [(String, String?, String)]
    )
    func refusesInvalidFieldsAndStoresNothing(field: String, value: String?, message: String) async {
        await expectRefusal(.invalidRequest, message) {
            _ = try await handle(.message(request([field: value])))
        }
        #expect(database.isUntouched)
    }

    @Test func refusesContentThatIsTooLong() async throws {
        let limit = String(repeating: "😀", count: 4096)
        _ = try await handle(.message(request(["content": "\"\(limit)\""])))
        #expect(database.ran(StoreMessage.self).count == 1)

        await expectRefusal(.tooLarge, "`content` must be a string of 1 to 4,096 characters.") {
            _ = try await handle(.message(request(["content": "\"\(limit)x\""])))
        }
        #expect(database.ran(StoreMessage.self).count == 1)
    }

    @Test func refusesATempMessageIDThatIsTooLong() async {
        let long = String(repeating: "x", count: 129)
        await expectRefusal(.invalidRequest) {
            _ = try await handle(.message(request(["tempMessageId": "\"\(long)\""])))
        }
    }

    @Test(arguments: [nil, "", "[]", "\"x\"", "null", "7", "{", #"{"content":"\ud800"}"#] as [String?])
    func refusesABodyThatIsNotAnObject(body: String?) async {
        await expectRefusal(.invalidRequest) { _ = try await handle(.message(body)) }
        #expect(database.isUntouched)
    }

    @Test func refusesACallerWithoutAToken() async {
        await expectRefusal(.unauthorized) { _ = try await handle(.message(request(), from: nil)) }
        #expect(database.isUntouched)
    }

    @Test func ignoresUnknownFields() async throws {
        _ = try await handle(.message(request(["x": #"{"y":[1]}"#])))
        #expect(database.ran(StoreMessage.self).count == 1)
    }

    // MARK: Files

    /// Makes the file attachable after a number of refused attempts.
    private func confirmTheFile(after refusals: Int = 0, known: Int = 1) {
        let (database, file) = (database, file)
        database.answer(StoreMessage.self) { statement in
            guard database.ran(StoreMessage.self).count > refusals else {
                return [StoreMessage.Row(access: .granted, knownFiles: known)]
            }
            let files = statement.attachments.map {
                AttachedFile(id: $0, size: 5, name: "a.jpg", width: 30, height: 40)
            }
            #expect(files.map(\.id.rawValue) == [file])
            let message = StoreMessage.Stored(
                id: statement.id,
                seq: 7,
                sentAt: sentAt,
                recipients: ["alice", "bob"],
                files: files
            )
            return [StoreMessage.Row(access: .granted, message: message, knownFiles: known)]
        }
    }

    @Test(arguments: [nil, #""""#, #"" ""#])
    func pushesFilesWithAURL(content: String?) async throws {
        confirmTheFile()
        _ = try await handle(.message(request(["content": content, "attachments": "[\"\(file)\"]"])))

        let push = try JSON(#require(connections.posts.first).payload)
        #expect(push["content"] == "")
        let expected: JSON = [
            [
                "fileId": .string(file), "contentType": "image/jpeg", "size": 5, "fileName": "a.jpg", "width": 30,
                "height": 40, "url": .string(SignedFileURLs.example.url(for: try #require(FileID(file)), at: .example)),
            ]
        ]
        #expect(push["attachments"] == expected)
        #expect(pauses.all.isEmpty)
    }

    @Test func waitsForAFileThatIsBeingConfirmed() async throws {
        confirmTheFile(after: 2)
        let response = try await handle(.message(request(["attachments": "[\"\(file)\"]"])))

        #expect(try JSON(#require(response.body))["type"] == "message-sent")
        #expect(pauses.all == [.milliseconds(100), .milliseconds(200)])
        #expect(Set(database.ran(StoreMessage.self).map(\.id)).count == 1)
    }

    @Test func refusesAFileThatIsNotConfirmedAfterThreeSeconds() async {
        confirmTheFile(after: .max)
        await expectRefusal(
            .invalidRequest,
            "`attachments` names a file that is not uploaded, or was refused; upload it first."
        ) {
            _ = try await handle(.message(request(["attachments": "[\"\(file)\"]"])))
        }
        #expect(pauses.all.reduce(.zero, +) == .seconds(3))
        #expect(connections.posts.isEmpty)
    }

    @Test func refusesFilesOfOtherUsers() async {
        confirmTheFile(after: .max, known: 0)
        await expectRefusal(.notFound, "`attachments` names a file that you have not created; check its id.") {
            _ = try await handle(.message(request(["attachments": "[\"\(file)\"]"])))
        }
        #expect(pauses.all.isEmpty)
    }
}

/// Records pauses instead of sleeping.
final class Pauses: Sendable {
    private let storage = Mutex<[Duration]>([])
    var all: [Duration] { storage.withLock { $0 } }
    func record(_ pause: Duration) { storage.withLock { $0.append(pause) } }
}
