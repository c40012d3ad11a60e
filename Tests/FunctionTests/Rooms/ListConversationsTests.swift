import ChatStore
import TestSupport
import Testing

@testable import ListConversations

struct ListConversationsTests {
    let database = StubDatabase()

    init() {
        database.answer(SelectConversations.self) { _ in [] }
    }

    private func handle(_ query: [String: String] = [:], from user: String? = "alice") async throws -> HTTPResponse {
        let event = HTTPEvent.request("GET /conversations", from: user, query: query)
        return try await ListConversationsHandler(database: database, limiter: .unlimited).handle(event, context: .test)
    }

    private static func row(_ number: Int, latest: SelectConversations.Latest? = nil) -> SelectConversations.Row {
        SelectConversations.Row(
            id: .init(stringLiteral: "0193513e-0000-7000-8000-00000000000\(number)"),
            title: nil,
            isGroup: false,
            participants: ["alice", "bob"],
            participantCount: 2,
            lastSeq: latest == nil ? 0 : 9,
            activeAt: sentAt,
            unreadCount: latest == nil ? 0 : 2,
            latest: latest
        )
    }

    @Test func describesConversationsWithAndWithoutMessages() async throws {
        database.answer(SelectConversations.self) { _ in
            [Self.row(1, latest: .init(content: "hi", sender: "bob", sentAt: sentAt)), Self.row(2)]
        }
        let response = try await handle()

        let expected: JSON = [
            [
                "conversationId": "0193513e-0000-7000-8000-000000000001", "title": nil, "isGroup": false,
                "participantIds": ["alice", "bob"], "participantCount": 2, "participantId": "bob",
                "latestContent": "hi", "senderId": "bob", "sentAt": "2026-11-21T20:39:16.123Z", "seq": 9,
                "isRead": false, "unreadCount": 2,
            ],
            [
                "conversationId": "0193513e-0000-7000-8000-000000000002", "title": nil, "isGroup": false,
                "participantIds": ["alice", "bob"], "participantCount": 2, "participantId": "bob",
                "latestContent": nil, "senderId": nil, "sentAt": nil, "seq": 0, "isRead": true, "unreadCount": 0,
            ],
        ]
        #expect(try JSON(#require(response.body)) == expected)
        #expect(response.headers?["link"] == nil)
    }

    @Test func linksToTheNextPage() async throws {
        database.answer(SelectConversations.self) { statement in
            statement.after == nil ? (1...Int(statement.limit)).map { Self.row($0) } : []
        }
        let response = try await handle(["limit": "2", "isRead": "true"])

        #expect(try JSON(#require(response.body)).elements.count == 2)
        let link = try #require(response.headers?["link"])
        let match = try #require(
            link.wholeMatch(of: #/</conversations\?limit=2&isRead=true&cursor=([0-9a-z.-]+)>; rel="next"/#)
        )

        _ = try await handle(["limit": "2", "isRead": "true", "cursor": String(match.1)])
        let cursor = ConversationCursor(activeAt: sentAt, conversation: "0193513e-0000-7000-8000-000000000002")
        #expect(database.ran(SelectConversations.self).map(\.after) == [nil, cursor])
    }

    /// What strangers write into a victim's conversations does not break the list: every page is small, and no
    /// conversation is lost or repeated.
    @Test func cutsAPageAtItsSizeInBytes() async throws {
        let large = String(repeating: "\u{1}", count: 4096)
        let all = (1...90).map { number in
            var row = Self.row(1, latest: .init(content: large, sender: "m", sentAt: sentAt))
            row.id = .init(stringLiteral: "0193513e-0000-7000-8000-0000000000\(number + 9)")
            row.activeAt = Timestamp(microseconds: Int64(1000 - number))
            row.participants = (0..<10).map { UserID(rawValue: String(repeating: "\"", count: 255) + "\($0)") }
            return row
        }
        database.answer(SelectConversations.self) { statement in
            let rest = all.drop { row in
                statement.after.map { $0.activeAt.microseconds <= row.activeAt.microseconds } ?? false
            }
            return Array(rest.prefix(Int(statement.limit)))
        }
        var seen: [JSON?] = []
        var query = ["limit": "100"]
        while true {
            let response = try await handle(query)
            let body = try #require(response.body)
            #expect(body.utf8.count <= PageBody.maximumBytes)
            seen += try JSON(body).elements.map { $0["conversationId"] }
            guard let link = response.headers?["link"] else { break }
            query["cursor"] = String(try #require(link.firstMatch(of: #/cursor=([^>&]+)/#)?.1))
        }
        #expect(seen == all.map { .string("\($0.id)") })
        #expect(database.ran(SelectConversations.self).count > 1)
    }

    @Test(
        arguments: [([:], nil, 51), (["isRead": "false"], false, 51), (["isRead": "true", "limit": "100"], true, 101)]
            as [([String: String], Bool?, Int64)]
    )
    func passesTheQueryToTheStatement(query: [String: String], isRead: Bool?, limit: Int64) async throws {
        _ = try await handle(query)
        let statement = try #require(database.ran(SelectConversations.self).first)
        #expect(statement.isRead == isRead)
        #expect(statement.limit == limit)
        #expect(statement.caller == "alice")
    }

    @Test(
        arguments: [
            ["limit": "0"], ["limit": "101"], ["limit": "x"], ["isRead": "yes"], ["isRead": ""], ["cursor": ""],
            ["cursor": "x"], ["cursor": "1.x"], ["cursor": "!.0193513e-0000-7000-8000-000000000002"],
        ]
    )
    func refusesInvalidQueries(query: [String: String]) async {
        await expectRefusal(.invalidRequest) { _ = try await handle(query) }
        #expect(database.isUntouched)
    }

    @Test func refusesACallerWithoutAToken() async {
        await expectRefusal(.unauthorized) { _ = try await handle(from: nil) }
        #expect(database.isUntouched)
    }
}
