import ChatCore
import FoundationEssentials
import TestSupport
import Testing

/// Events as AWS sends them are read, and written again are the same documents.
struct EventTests {
    private func event<Event: Codable>(_: Event.Type, from name: String) throws -> Event {
        let data = try Repository.data(of: "Tests/Fixtures/Events/\(name).json")
        let event = try JSONDecoder().decode(Event.self, from: data)
        #expect(try JSON(String(decoding: event.json(), as: UTF8.self)) == JSON(String(decoding: data, as: UTF8.self)))
        return event
    }

    @Test func readsTheOpeningOfAConnection() throws {
        let event = try event(WebSocketEvent.self, from: "websocket-connect")
        #expect(event.requestContext.eventType == .connect)
        #expect(event.connection == "IU3kkeN4IAMCJwA=")
        #expect(event.requestContext.connectedAt == 1_689_794_896_145)
        #expect(event.queryStringParameters == nil)
    }

    @Test func readsAMessage() throws {
        let event = try event(WebSocketEvent.self, from: "websocket-message")
        #expect(event.requestContext.eventType == .message)
        #expect(event.requestContext.messageId == "R1knPc2ntjMCFIA=")
        #expect(event.headers == nil)
        #expect(event.body == "{\r\n\t\"a\": 1\r\n}")
    }

    @Test func readsTheClosingOfAConnection() throws {
        let event = try event(WebSocketEvent.self, from: "websocket-disconnect")
        #expect(event.requestContext.eventType == .disconnect)
        #expect(event.requestContext.disconnectStatusCode == 1001)
        #expect(event.requestContext.disconnectReason == "")
    }

    @Test func readsTheRequestOfAnAuthorizer() throws {
        let event = try event(WebSocketAuthorizerEvent.self, from: "websocket-authorizer")
        #expect(event.methodArn.hasSuffix("/live/$connect"))
        #expect(event.queryStringParameters == ["Authorization": "header.payload.signature"])
    }

    @Test func readsAnHTTPRequest() throws {
        let event = try event(HTTPEvent.self, from: "http-post-conversation")
        #expect(event.requestContext.http.method == "POST")
        #expect(try event.caller(by: UserClaim(name: "cognito:username")) == "alice")
        #expect(event.requestContext.authorizer?.jwt?.scopes == ["openid"])
    }

    @Test func readsACustomResource() throws {
        let event = try event(CustomResourceEvent.self, from: "custom-resource-create")
        #expect(event.requestType == .create)
        #expect(event.physicalResourceId == nil)
    }

    @Test func readsWhateverAnAuthorizerSaidAsText() throws {
        let values = try JSONDecoder().decode(
            AuthorizerValues.self,
            from: Data(#"{"userId":"alice","integrationLatency":240,"b":true,"d":1.5,"list":[1],"n":null}"#.utf8)
        )
        #expect(values == ["userId": "alice", "integrationLatency": "240", "b": "true", "d": "1.5"])
    }
}

struct CallerTests {
    private func event(claims: AuthorizerValues) -> HTTPEvent {
        var event = HTTPEvent.request("GET /conversations")
        event.requestContext.authorizer = .init(jwt: .init(claims: claims))
        return event
    }

    @Test(
        arguments: [
            (["cognito:username": "alice", "sub": "5f7e"], "cognito:username", "alice"),
            (["sub": "5f7e"], "cognito:username", "5f7e"),
            (["cognito:username": "", "sub": "5f7e"], "cognito:username", "5f7e"),
            (["email": "a@example.com", "sub": "5f7e"], "email", "a@example.com"),
        ] as [(AuthorizerValues, String, UserID)]
    )
    func isNamedByAClaim(claims: AuthorizerValues, claim: String, user: UserID) throws {
        #expect(try event(claims: claims).caller(by: UserClaim(name: claim)) == user)
    }

    @Test(arguments: [[:], ["sub": ""], ["sub": "a\u{0}"], ["x": "alice"]] as [AuthorizerValues])
    func isNobodyWithoutOne(claims: AuthorizerValues) async {
        await expectRefusal(.unauthorized) { _ = try event(claims: claims).caller(by: UserClaim(name: "email")) }
    }
}
