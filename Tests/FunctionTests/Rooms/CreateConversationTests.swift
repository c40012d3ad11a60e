import ChatStore
import RateLimits
import TestSupport
import Testing

@testable import CreateConversation

struct CreateConversationTests {
    let database = StubDatabase()

    init() {
        database.answer(InsertConversation.self) { _ in [conversation] }
    }

    private func handle(_ body: String?, from user: String? = "alice") async throws -> HTTPResponse {
        let handler = CreateConversationHandler(
            database: database,
            limiter: .unlimited,
            identifiers: IdentifierGenerator { conversation.rawValue }
        )
        return try await handler.handle(.request("POST /conversation", from: user, body: body), context: .test)
    }

    @Test(arguments: [#"{"recipientIdArr":["bob"]}"#, #"{"recipientIdArr":["bob","bob"],"isGroup":false,"title":"x"}"#])
    func createsADirectConversation(body: String) async throws {
        let response = try await handle(body)

        #expect(response.statusCode == 200)
        #expect(try JSON(#require(response.body)) == ["conversationId": "\(conversation)"])
        let statement = try #require(database.ran(InsertConversation.self).first)
        #expect(statement.directKey == DirectKey("bob", "alice"))
        #expect(statement.participants == ["alice", "bob"])
        #expect(statement.creator == "alice")
        #expect(statement.title == nil)
    }

    @Test func createsAGroupWithoutDuplicateParticipants() async throws {
        _ = try await handle(#"{"recipientIdArr":["zoe","bob","alice","bob"],"isGroup":true,"title":"  Trip "}"#)

        let statement = try #require(database.ran(InsertConversation.self).first)
        #expect(statement.directKey == nil)
        #expect(statement.participants == ["alice", "bob", "zoe"])
        #expect(statement.title == "Trip")
    }

    @Test(arguments: [(2, true), (999, true), (1, false), (1000, false)])
    func limitsTheSizeOfAGroup(others: Int, isAllowed: Bool) async throws {
        let names = (0..<others).map { "\"user\($0)\"" }.joined(separator: ",")
        let body = #"{"recipientIdArr":[\#(names)],"isGroup":true,"title":"x"}"#
        if isAllowed {
            _ = try await handle(body)
            #expect(database.ran(InsertConversation.self).map(\.participants.count) == [others + 1])
        } else {
            await expectRefusal(.invalidRequest) { _ = try await handle(body) }
            #expect(database.isUntouched)
        }
    }

    @Test(arguments: [(300, true), (301, false)])
    func limitsTheTitle(length: Int, isAllowed: Bool) async throws {
        let title = String(repeating: "😀", count: length)
        let body = #"{"recipientIdArr":["bob","zoe"],"isGroup":true,"title":"\#(title)"}"#
        if isAllowed {
            _ = try await handle(body)
        } else {
            await expectRefusal(.invalidRequest) { _ = try await handle(body) }
        }
    }

    @Test func findsTheConversationThatAConcurrentRequestCreated() async throws {
        let database = database
        database.answer(InsertConversation.self) { _ in
            database.ran(InsertConversation.self).count > 1 ? [conversation] : []
        }
        _ = try await handle(#"{"recipientIdArr":["bob"]}"#)
        #expect(database.ran(InsertConversation.self).count == 2)
    }

    @Test(
        arguments: [
            nil, "", "[]", "{", "{}", #"{"recipientIdArr":[]}"#, #"{"recipientIdArr":"bob"}"#,
            #"{"recipientIdArr":[7]}"#, #"{"recipientIdArr":[null]}"#, #"{"recipientIdArr":["alice"]}"#,
            #"{"recipientIdArr":["bob","zoe"]}"#, #"{"recipientIdArr":[""]}"#, #"{"recipientIdArr":["a\u0000"]}"#,
            #"{"recipientIdArr":["a\nb"]}"#, #"{"recipientIdArr":["bob"],"isGroup":"no"}"#,
            #"{"recipientIdArr":["bob","zoe"],"isGroup":true}"#,
            #"{"recipientIdArr":["bob","zoe"],"isGroup":true,"title":" "}"#,
            #"{"recipientIdArr":["bob","zoe"],"isGroup":true,"title":7}"#,
            #"{"recipientIdArr":["bob","alice"],"isGroup":true,"title":"x"}"#,
        ] as [String?]
    )
    func refusesInvalidRequestsAndStoresNothing(body: String?) async {
        await expectRefusal(.invalidRequest) { _ = try await handle(body) }
        #expect(database.isUntouched)
    }

    @Test func refusesARecipientIDThatIsTooLong() async {
        let name = String(repeating: "x", count: 129)
        await expectRefusal(.invalidRequest) { _ = try await handle(#"{"recipientIdArr":["\#(name)"]}"#) }
    }

    /// Groups have a limit of their own.
    @Test(arguments: [
        (#"{"recipientIdArr":["bob"]}"#, "rate:{alice}:create-conversation"),
        (#"{"recipientIdArr":["bob","zoe"],"isGroup":true,"title":"x"}"#, "rate:{alice}:create-group"),
    ])
    func createsNothingForAUserWhoHasToWait(body: String, key: String) async {
        let redis = StubRedis()
        redis.answer(TakeToken.self) { _ in 1000 }
        let handler = CreateConversationHandler(
            database: database,
            limiter: RateLimiter(store: redis, limits: .standard)
        )
        await expectRefusal(.rateLimited) {
            _ = try await handler.handle(.request("POST /conversation", body: body), context: .test)
        }
        #expect(database.isUntouched)
        #expect(redis.sent(TakeToken.self).map(\.key) == [key])
    }

    @Test func refusesACallerWithoutAToken() async {
        await expectRefusal(.unauthorized) { _ = try await handle(#"{"recipientIdArr":["bob"]}"#, from: nil) }
        #expect(database.isUntouched)
    }

    @Test func readsABodyInBase64() async throws {
        let event = HTTPEvent.request(
            "POST /conversation",
            body: "eyJyZWNpcGllbnRJZEFyciI6WyJib2IiXX0=",
            isBase64Encoded: true
        )
        let response = try await CreateConversationHandler(database: database, limiter: .unlimited).handle(
            event,
            context: .test
        )
        #expect(response.statusCode == 200)
    }
}
