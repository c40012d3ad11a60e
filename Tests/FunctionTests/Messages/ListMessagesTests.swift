import FileCredentials
import Messages
import TestSupport
import Testing

@testable import ListMessages

struct ListMessagesTests {
    let database = StubDatabase()

    init() {
        database.answer(SelectMessages.self) { _ in
            [1, 2].map { seq in
                let message = SelectMessages.StoredMessage(
                    id: "0193513e-0000-7000-8000-000000000001",
                    clientMessageID: "t\(seq)",
                    seq: Int64(seq),
                    sender: "bob",
                    content: "hi",
                    sentAt: sentAt,
                    readBy: 3
                )
                return SelectMessages.Row(access: .granted, message: message)
            }
        }
    }

    private func handle(
        _ query: [String: String] = [:],
        id: String = "\(conversation)",
        from user: String? = "alice"
    ) async throws -> JSON {
        let event = HTTPEvent.request(
            "GET /conversations/{conversationId}/messages",
            from: user,
            path: ["conversationId": id],
            query: query
        )
        let response = try await ListMessagesHandler(
            database: database,
            limiter: .unlimited,
            fileURLs: .example,
            now: { .example }
        )
        .handle(event, context: .test)
        return try JSON(#require(response.body))
    }

    @Test func listsMessagesInTheFormOfAPushTheNewestFirst() async throws {
        let list = try await handle()

        #expect(list.elements.map { $0["seq"] } == [2, 1])
        let expected: JSON = [
            "type": "new-message", "messageId": "0193513e-0000-7000-8000-000000000001", "tempMessageId": "t2",
            "conversationId": "\(conversation)", "seq": 2, "senderId": "bob", "content": "hi",
            "sentAt": "2026-11-21T20:39:16.123Z", "attachments": [], "readBy": 3,
        ]
        #expect(list[0] == expected)
    }

    @Test(
        arguments: [(["order": "asc"], [1, 2]), (["order": "desc"], [2, 1]), (["after": "0"], [2, 1])]
            as [([String: String], [JSON])]
    )
    func ordersTheListAsRequested(query: [String: String], seqs: [JSON?]) async throws {
        #expect(try await handle(query).elements.map { $0["seq"] } == seqs)
    }

    @Test(
        arguments: [
            ([:], PageOfMessages(start: .skipping(0), before: nil, limit: 50, isAscending: false)),
            (["limit": "1", "offset": "20"], .init(start: .skipping(20), before: nil, limit: 1, isAscending: false)),
            (["offset": "20", "order": "asc"], .init(start: .after(20), before: nil, limit: 50, isAscending: true)),
            (["after": "7"], .init(start: .after(7), before: nil, limit: 50, isAscending: false)),
            (["after": "7", "order": "asc"], .init(start: .after(7), before: nil, limit: 50, isAscending: true)),
            (["before": "7"], .init(start: .skipping(0), before: 7, limit: 50, isAscending: false)),
            (["before": "7", "order": "asc"], .init(start: .skipping(0), before: 7, limit: 50, isAscending: true)),
            (
                ["before": "9", "after": "7", "limit": "100"],
                .init(start: .after(7), before: 9, limit: 100, isAscending: false)
            ),
        ] as [([String: String], PageOfMessages)]
    )
    func passesThePageToTheStatement(query: [String: String], page: PageOfMessages) async throws {
        _ = try await handle(query)
        #expect(database.ran(SelectMessages.self).map(\.page) == [page])
    }

    @Test(
        arguments: [
            ["limit": "0"], ["limit": "101"], ["limit": "-1"], ["limit": "1.5"], ["limit": ""], ["limit": "ten"],
            ["offset": "-1"], ["offset": "+1"], ["offset": "9223372036854775808"], ["before": "x"], ["after": " 1"],
            ["after": "1.0"], ["order": "up"], ["offset": "1", "after": "1"], ["offset": "1", "before": "1"],
        ]
    )
    func refusesInvalidQueries(query: [String: String]) async {
        await expectRefusal(.invalidRequest) { _ = try await handle(query) }
        #expect(database.isUntouched)
    }

    @Test func returnsAnEmptyListForAConversationWithoutMessages() async throws {
        database.answer(SelectMessages.self) { _ in [SelectMessages.Row(access: .granted)] }
        #expect(try await handle() == [])
    }

    @Test(arguments: [(ConversationAccess.notAParticipant, ChatError.Code.notAParticipant), (.notFound, .notFound)])
    func refusesUsersWhoDoNotParticipate(access: ConversationAccess, code: ChatError.Code) async {
        database.answer(SelectMessages.self) { _ in [SelectMessages.Row(access: access)] }
        await expectRefusal(code) { _ = try await handle() }
    }

    @Test func refusesAnIDThatIsNotAUUID() async {
        await expectRefusal(.invalidRequest) { _ = try await handle(id: "1") }
        #expect(database.isUntouched)
    }

    @Test func refusesACallerWithoutAToken() async {
        await expectRefusal(.unauthorized) { _ = try await handle(from: nil) }
        #expect(database.isUntouched)
    }
}
