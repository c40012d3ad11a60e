import ChatCore
import FoundationEssentials
import S3Events
import ServiceEvents
import TestSupport
import Testing

/// Decodes events as AWS sends them, and checks that encoding them restores the same documents.
struct EventTests {
    private func event<Event: Codable>(_: Event.Type, from name: String) throws -> Event {
        let data = try Repository.data(of: "Tests/Fixtures/Events/\(name).json")
        let event = try JSONDecoder().decode(Event.self, from: data)
        #expect(try JSON(String(decoding: event.json(), as: UTF8.self)) == JSON(String(decoding: data, as: UTF8.self)))
        return event
    }

    @Test func decodesAConnectEvent() throws {
        let event = try event(WebSocketEvent.self, from: "websocket-connect")
        #expect(event.requestContext.eventType == .connect)
        #expect(event.connection == "IU3kkeN4IAMCJwA=")
        #expect(event.requestContext.connectedAt == 1_689_794_896_145)
        #expect(event.queryStringParameters == nil)
    }

    @Test func decodesAMessageEvent() throws {
        let event = try event(WebSocketEvent.self, from: "websocket-message")
        #expect(event.requestContext.eventType == .message)
        #expect(event.requestContext.messageId == "R1knPc2ntjMCFIA=")
        #expect(event.headers == nil)
        #expect(event.body == "{\r\n\t\"a\": 1\r\n}")
    }

    @Test func decodesADisconnectEvent() throws {
        let event = try event(WebSocketEvent.self, from: "websocket-disconnect")
        #expect(event.requestContext.eventType == .disconnect)
        #expect(event.requestContext.disconnectStatusCode == 1001)
        #expect(event.requestContext.disconnectReason == "")
    }

    @Test func decodesAnAuthorizerEvent() throws {
        let event = try event(WebSocketAuthorizerEvent.self, from: "websocket-authorizer")
        #expect(event.methodArn.hasSuffix("/live/$connect"))
        #expect(event.queryStringParameters == ["Authorization": "header.payload.signature"])
    }

    @Test func decodesAnHTTPEvent() throws {
        let event = try event(HTTPEvent.self, from: "http-post-conversation")
        #expect(event.requestContext.http.method == "POST")
        #expect(try event.caller(by: UserClaim(name: "cognito:username")) == "alice")
        #expect(event.requestContext.authorizer?.jwt?.scopes == ["openid"])
    }

    @Test func decodesACustomResourceEvent() throws {
        let event = try event(CustomResourceEvent.self, from: "custom-resource-create")
        #expect(event.requestType == .create)
        #expect(event.physicalResourceId == nil)
    }

    @Test func decodesS3EventsInAnSQSEvent() throws {
        let event = try event(SQSEvent.self, from: "sqs-s3-object-created")
        let record = try #require(event.records.first)
        #expect(record.messageId == "059f36b4-87a3-44ab-83d2-661975830a7d")
        #expect(record.attributes["ApproximateReceiveCount"] == "1")
        #expect(record.messageAttributes["myAttribute"]?.stringValue == "myValue")

        let objects = try JSONDecoder().decode(S3Event.self, from: Data(record.body.utf8))
        #expect(try JSON(String(decoding: objects.json(), as: UTF8.self)) == JSON(record.body))
        let object = try #require(objects.records?.first)
        #expect(object.eventName == "ObjectCreated:Post")
        #expect(object.s3.bucket.name == "example-files")
        #expect(object.s3.object.key == "incoming/0193513e-5e2a-7c3d-8f00-00000000f11e.jpg")
        #expect(object.s3.object.size == 1024)
    }

    @Test func decodesAnS3TestEvent() throws {
        let data = try Repository.data(of: "Tests/Fixtures/Events/s3-test-event.json")
        #expect(try JSONDecoder().decode(S3Event.self, from: data).records == nil)
    }

    @Test func decodesAScheduledEvent() throws {
        let event = try event(ScheduledEvent.self, from: "scheduled")
        #expect(event.detailType == "Scheduled Event")
        #expect(event.time == "2026-11-21T20:39:16Z")
    }

    @Test func encodesTheFailedMessagesOfABatch() throws {
        let expected: JSON = ["batchItemFailures": [["itemIdentifier": "m1"], ["itemIdentifier": "m2"]]]
        #expect(try JSON(String(decoding: SQSBatchResponse(failed: ["m1", "m2"]).json(), as: UTF8.self)) == expected)
    }

    @Test func decodesScalarsOfAnAuthorizerAsText() throws {
        let values = try JSONDecoder().decode(
            AuthorizerValues.self,
            from: Data(#"{"userId":"alice","integrationLatency":240,"b":true,"d":1.5,"list":[1],"n":null}"#.utf8)
        )
        #expect(values == ["userId": "alice", "integrationLatency": "240", "b": "true", "d": "1.5"])
    }
}
