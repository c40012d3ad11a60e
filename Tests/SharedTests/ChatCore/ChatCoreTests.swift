import ChatStore
import FoundationEssentials
import InMemoryLogging
import Logging
import TestSupport
import Testing

@testable import ChatCore

/// How clients see errors.
struct ErrorBoundaryTests {
    private struct Failing<Event: Decodable & Sendable, Output: Encodable & Sendable>: LambdaHandler {
        let error: any Error

        func handle(_ event: Event, context: LambdaContext) async throws -> Output { throw error }
    }

    private struct Secret: Error, CustomStringConvertible {
        var description: String { "SELECT secret FROM vault" }
    }

    private func reply(to event: WebSocketEvent, _ error: any Error) async throws -> WebSocketResponse {
        try await WebSocketErrorBoundary(handler: Failing<WebSocketEvent, WebSocketResponse>(error: error))
            .handle(event, context: .test)
    }

    @Test func repliesWithTheNamesOfTheRequest() async throws {
        let body = #"{"action":"send-message","requestId":"r1","tempMessageId":"t1"}"#
        let response = try await reply(to: .message(body), ChatError(.notFound, "It does not exist."))

        #expect(response.statusCode == 200)
        let expected: JSON = [
            "type": "error", "action": "send-message", "code": "not_found", "message": "It does not exist.",
            "requestId": "r1", "tempMessageId": "t1",
        ]
        #expect(try JSON(#require(response.body)) == expected)
    }

    @Test(
        arguments: [nil, "{", "[]", #"{"action":7,"requestId":7,"tempMessageId":["x"]}"#, #"{"requestId":"\u0000"}"#]
            as [String?]
    )
    func repliesToARequestWithoutValidNames(body: String?) async throws {
        let response = try await reply(to: .message(body), ChatError(.invalidRequest, "No."))
        let expected: JSON = [
            "type": "error", "action": "$default", "code": "invalid_request", "message": "No.",
            "requestId": .string(LambdaContext.test.requestID),
        ]
        #expect(try JSON(#require(response.body)) == expected)
    }

    @Test(arguments: [(ChatError(.unauthorized, "No.") as any Error, 401), (Secret(), 500)])
    func refusesAHandshakeWithoutABody(error: any Error, status: Int) async throws {
        #expect(try await reply(to: .connect(by: nil), error) == WebSocketResponse(statusCode: status))
    }

    @Test func hidesInternalErrorsFromClients() async throws {
        let http = try await HTTPErrorBoundary(handler: Failing<HTTPEvent, HTTPResponse>(error: Secret()))
            .handle(.request("GET /conversations"), context: .test)
        #expect(http.statusCode == 500)
        #expect(try JSON(#require(http.body))["code"] == "internal")
        #expect(http.body?.contains("secret") == false)

        let webSocket = try await reply(to: .message("{}"), Secret())
        #expect(try JSON(#require(webSocket.body))["code"] == "internal")
        #expect(webSocket.body?.contains("secret") == false)
    }

    @Test func logsInternalErrorsOnly() async throws {
        let log = InMemoryLogHandler()
        let context = LambdaContext.test(logger: Logger(label: "test") { _ in log })
        for error in [Secret(), ChatError(.notFound, "It does not exist.")] as [any Error] {
            _ = try await HTTPErrorBoundary(handler: Failing<HTTPEvent, HTTPResponse>(error: error))
                .handle(.request("GET /conversations"), context: context)
        }
        #expect(log.entries.map(\.message) == ["Request failed"])
        #expect(log.entries.first?.metadata == ["error": "SELECT secret FROM vault"])
    }

    @Test func saysWhenToTryAgain() async throws {
        let error = ChatError(.rateLimited, "Wait.", retryAfterMilliseconds: 1001)
        let http = try await HTTPErrorBoundary(handler: Failing<HTTPEvent, HTTPResponse>(error: error))
            .handle(.request("GET /x"), context: .test)
        #expect(http.headers?["retry-after"] == "2")
        #expect(try JSON(#require(http.body))["retryAfterMs"] == 1001)
        #expect(try JSON(#require(await reply(to: .message("{}"), error).body))["retryAfterMs"] == 1001)
    }

    @Test(
        arguments: [
            (ChatError.Code.invalidRequest, 400), (.unknownAction, 400), (.unauthorized, 401), (.notAParticipant, 403),
            (.notFound, 404), (.conflict, 409), (.tooLarge, 413), (.rateLimited, 429), (.internal, 500),
        ]
    )
    func answersHTTPWithTheStatusOfTheCode(code: ChatError.Code, status: Int) async throws {
        let handler = Failing<HTTPEvent, HTTPResponse>(error: ChatError(code, "No."))
        let response = try await HTTPErrorBoundary(handler: handler).handle(.request("GET /x"), context: .test)
        #expect(response.statusCode == status)
        let expected: JSON = [
            "code": .string(code.description), "message": "No.", "requestId": .string(LambdaContext.test.requestID),
        ]
        #expect(try JSON(#require(response.body)) == expected)
    }
}

struct ValueTests {
    @Test func formatsEveryMillisecondOfATimestamp() {
        for millisecond in 0..<1000 {
            let timestamp = Timestamp(microseconds: 1_795_293_556_000_000 + Int64(millisecond) * 1000 + 999)
            let digits = String(millisecond + 1000).dropFirst()
            #expect(timestamp.description == "2026-11-21T20:39:16.\(digits)Z")
        }
    }

    @Test func makesUUIDsOfVersionSevenInOrder() {
        let first = UUID.version7(milliseconds: 0x0193_513E_5E2A, random: (.max, .max))
        let second = UUID.version7(milliseconds: 0x0193_513E_5E2B, random: (0, 0))
        #expect(ConversationID(rawValue: first).description == "0193513e-5e2a-7fff-bfff-ffffffffffff")
        #expect(ConversationID(rawValue: second).description == "0193513e-5e2b-7000-8000-000000000000")

        let ids = Set((0..<1000).map { _ in IdentifierGenerator.version7.next(MessageID.self) })
        #expect(ids.count == 1000)
    }

    @Test(arguments: [
        "alice", "5f7e1b7c-6d5c-4a2b-9f61-0d9e6f1d2c3b", "a@b.c", "名前", "a b", String(repeating: "😀", count: 64),
        "a b c", String(repeating: "é", count: 128), "a}b%", "Ümläut-_.~|",
    ])
    func acceptsUserIDs(text: String) {
        #expect(UserID(validating: text)?.rawValue == text)
    }

    @Test(arguments: [
        "", "\u{0}", "a\n", "a\u{7f}", "\u{85}", String(repeating: "x", count: 129), String(repeating: "😀", count: 65),
        " a", "a ", "a  b", "a\u{200b}", "a\u{feff}b", "\u{202e}a", "a\u{2066}b", "a\u{a0}b", "a\u{3000}b", "\u{3164}",
        "a\u{34f}b", "\u{e0041}", "a\u{fe0f}", "a\u{2028}", "\u{2800}", " ",
    ])
    func refusesInvalidUserIDs(text: String) {
        #expect(UserID(validating: text) == nil)
    }

    @Test func distinguishesUsersByTheirBytes() {
        let composed: UserID = "\u{fc}"
        let decomposed: UserID = "u\u{308}"
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed, "\u{fc}"]).count == 2)
    }

    @Test func distinguishesPairsOfUsers() {
        #expect(DirectKey("alice", "bob") == DirectKey("bob", "alice"))
        let pairs: [(UserID, UserID)] = [("a", "b"), ("a", "bc"), ("ab", "c"), ("1:a", "b"), ("a", "1:b"), ("", "ab")]
        #expect(Set(pairs.map { DirectKey($0, $1).rawValue }).count == pairs.count)
    }
}
