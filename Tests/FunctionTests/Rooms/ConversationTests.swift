import ChatStore
import TestSupport
import Testing

@testable import GetConversation
@testable import GetDirectConversation
@testable import ListParticipants

private func row(isParticipant: Bool = true, title: String? = "Trip") -> FindConversation.Row {
    FindConversation.Row(
        isParticipant: isParticipant,
        title: title,
        isGroup: title != nil,
        createdBy: "bob",
        createdAt: sentAt,
        participants: ["alice", "bob", "zoe"]
    )
}

/// The two functions that read one conversation.
struct ConversationTests {
    enum Route: CaseIterable {
        case conversation, participants

        func handle(
            _ id: String,
            from user: String? = "alice",
            query: [String: String] = [:],
            _ database: StubDatabase
        ) async throws -> HTTPResponse {
            let route = self == .conversation ? "" : "/participants"
            let event = HTTPEvent.request(
                "GET /conversations/{conversationId}\(route)",
                from: user,
                path: ["conversationId": id],
                query: query
            )
            return switch self {
            case .conversation:
                try await GetConversationHandler(database: database, limiter: .unlimited)
                    .handle(event, context: .test)
            case .participants:
                try await ListParticipantsHandler(database: database, limiter: .unlimited)
                    .handle(event, context: .test)
            }
        }
    }

    let database = StubDatabase()

    private func answer(_ access: ConversationAccess) {
        database.answer(FindConversation.self) { _ in
            access.conversationExists ? [row(isParticipant: access.isParticipant)] : []
        }
        database.answer(SelectParticipants.self) { _ in [.init(access: access)] }
    }

    private func answer(participants: [UserID]) {
        database.answer(SelectParticipants.self) { statement in
            participants.filter { user in statement.after.map { $0 < user } ?? true }.prefix(Int(statement.limit))
                .map { .init(access: .granted, user: $0) }
        }
    }

    @Test func describesAConversation() async throws {
        database.answer(FindConversation.self) { _ in [row()] }
        let response = try await Route.conversation.handle("\(conversation)", database)

        let expected: JSON = [
            "conversationId": "0193513e-5e2a-7c3d-8f00-0123456789ab", "title": "Trip", "isGroup": true,
            "createdBy": "bob", "createdAt": "2026-11-21T20:39:16.123Z", "participantIds": ["alice", "bob", "zoe"],
            "participantCount": 3, "participantId": "bob",
        ]
        #expect(try JSON(#require(response.body)) == expected)
        #expect(response.headers?["content-type"] == "application/json")
    }

    @Test func encodesTheMissingTitleOfADirectConversationAsNull() async throws {
        database.answer(FindConversation.self) { _ in [row(title: nil)] }
        let body = try JSON(#require(await Route.conversation.handle("\(conversation)", database).body))
        #expect(body["title"] == .some(.null))
        #expect(body["isGroup"] == false)
    }

    @Test func listsParticipants() async throws {
        answer(participants: ["alice", "bob", "zoe"])
        let response = try await Route.participants.handle("\(conversation)".uppercased(), database)
        #expect(try JSON(#require(response.body)) == ["alice", "bob", "zoe"])
        #expect(response.headers?["link"] == nil)
        let statement = try #require(database.ran(SelectParticipants.self).first)
        #expect(statement.conversation == conversation)
        #expect(statement.caller == "alice")
        #expect(statement.after == nil)
        #expect(statement.limit == 1001)
    }

    @Test(arguments: [1, 2, 3, 4, 1000])
    func pagesThroughParticipants(limit: Int) async throws {
        let people: [UserID] = ["a/b?c&d=e", "alice", "bob", "é\u{301}"]
        answer(participants: people)
        var seen: [JSON] = []
        var query = ["limit": "\(limit)"]
        repeat {
            let response = try await Route.participants.handle("\(conversation)", query: query, database)
            let page = try JSON(#require(response.body)).elements
            #expect(page.count <= limit)
            seen += page
            query["cursor"] = response.headers?["link"]?.firstMatch(of: #/cursor=([0-9a-f]+)>; rel="next"/#)
                .map { String($0.1) }
        } while query["cursor"] != nil
        #expect(seen == people.map { .string($0.rawValue) })
    }

    @Test(arguments: [
        ["limit": "0"], ["limit": "1001"], ["limit": "x"], ["cursor": ""], ["cursor": "6"], ["cursor": "6A"],
        ["cursor": "00"], ["cursor": "zz"],
    ])
    func refusesInvalidQueries(query: [String: String]) async {
        await expectRefusal(.invalidRequest) {
            _ = try await Route.participants.handle("\(conversation)", query: query, database)
        }
        #expect(database.isUntouched)
    }

    @Test(arguments: Route.allCases)
    func refusesUsersWhoDoNotParticipate(route: Route) async {
        answer(.notAParticipant)
        await expectRefusal(.notAParticipant) { _ = try await route.handle("\(conversation)", database) }
    }

    @Test(arguments: Route.allCases)
    func answersNotFoundForAnUnknownConversation(route: Route) async {
        answer(.notFound)
        await expectRefusal(.notFound) { _ = try await route.handle("\(conversation)", database) }
    }

    @Test(
        arguments: Route.allCases,
        ["x", "", "0193513e-5e2a-7c3d-8f00-0123456789a\u{0}", "0193513e5e2a7c3d8f000123456789ab"]
    )
    func refusesAnIDThatIsNotAUUID(route: Route, id: String) async {
        await expectRefusal(.invalidRequest, "`conversationId` must be a UUID.") {
            _ = try await route.handle(id, database)
        }
        #expect(database.isUntouched)
    }

    @Test(arguments: Route.allCases)
    func refusesACallerWithoutAToken(route: Route) async {
        await expectRefusal(.unauthorized) { _ = try await route.handle("\(conversation)", from: nil, database) }
        #expect(database.isUntouched)
    }
}

struct GetDirectConversationTests {
    let database = StubDatabase()

    private func handle(_ user: String, from caller: String? = "alice") async throws -> HTTPResponse {
        let event = HTTPEvent.request("GET /conversation/direct/{userId}", from: caller, path: ["userId": user])
        return try await GetDirectConversationHandler(database: database, limiter: .unlimited).handle(
            event,
            context: .test
        )
    }

    @Test func findsTheConversationOfThePair() async throws {
        database.answer(FindDirectConversation.self) { $0.key == DirectKey("alice", "bob@x y") ? [conversation] : [] }
        let response = try await handle("bob@x y")
        #expect(try JSON(#require(response.body)) == ["conversationId": "\(conversation)"])
    }

    @Test func answersNullWithoutADirectConversation() async throws {
        database.answer(FindDirectConversation.self) { _ in [] }
        let response = try await handle("bob")
        #expect(response.statusCode == 200)
        #expect(response.body == "null")
    }

    @Test(arguments: ["", "a\u{0}", "a\n", String(repeating: "x", count: 129)])
    func refusesAnInvalidUserID(user: String) async {
        await expectRefusal(.invalidRequest) { _ = try await handle(user) }
        #expect(database.isUntouched)
    }

    @Test func refusesACallerWithoutAToken() async {
        await expectRefusal(.unauthorized) { _ = try await handle("bob", from: nil) }
        #expect(database.isUntouched)
    }
}
