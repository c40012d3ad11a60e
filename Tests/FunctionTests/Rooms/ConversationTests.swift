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

/// The two functions that read one conversation; they share most of their behaviour.
struct ConversationTests {
    enum Route: CaseIterable {
        case conversation, participants

        func handle(_ id: String, from user: String? = "alice", _ database: StubDatabase) async throws -> HTTPResponse {
            let route = self == .conversation ? "" : "/participants"
            let event = HTTPEvent.request(
                "GET /conversations/{conversationId}\(route)",
                from: user,
                path: ["conversationId": id]
            )
            return switch self {
            case .conversation: try await GetConversationHandler(database: database).handle(event, context: .test)
            case .participants: try await ListParticipantsHandler(database: database).handle(event, context: .test)
            }
        }
    }

    let database = StubDatabase()

    @Test func describesAConversation() async throws {
        database.answer(FindConversation.self) { _ in [row()] }
        let response = try await Route.conversation.handle("\(conversation)", database)

        let expected: JSON = [
            "conversationId": "0193513e-5e2a-7c3d-8f00-0123456789ab", "title": "Trip", "isGroup": true,
            "createdBy": "bob", "createdAt": "2026-11-21T20:39:16.123Z", "participantIds": ["alice", "bob", "zoe"],
            "participantId": "bob",
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
        database.answer(FindConversation.self) { _ in [row()] }
        let response = try await Route.participants.handle("\(conversation)".uppercased(), database)
        #expect(try JSON(#require(response.body)) == ["alice", "bob", "zoe"])
        #expect(database.ran(FindConversation.self).map(\.conversation) == [conversation])
        #expect(database.ran(FindConversation.self).map(\.caller) == ["alice"])
    }

    @Test(arguments: Route.allCases)
    func refusesUsersWhoDoNotParticipate(route: Route) async {
        database.answer(FindConversation.self) { _ in [row(isParticipant: false)] }
        await expectRefusal(.notAParticipant) { _ = try await route.handle("\(conversation)", database) }
    }

    @Test(arguments: Route.allCases)
    func answersNotFoundForAnUnknownConversation(route: Route) async {
        database.answer(FindConversation.self) { _ in [] }
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
        return try await GetDirectConversationHandler(database: database).handle(event, context: .test)
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
