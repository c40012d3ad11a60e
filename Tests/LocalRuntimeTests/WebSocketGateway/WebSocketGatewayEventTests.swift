import EmulatorCore
import FoundationEssentials
import GatewayCore
import HTTPListener
import NIOCore
import NIOHTTP1
import Testing

@testable import WebSocketGateway

/// Compares events with recorded ones from AWS: they must have the same keys, with values of the same types.
@Suite struct WebSocketEventTests {
    private let events = WebSocketEvents(
        apiID: "a1b2c3d4e5",
        stage: "prod",
        stageVariables: [],
        region: "us-east-1",
        accountID: "123456789012"
    )

    private func connection(userAgent: String? = nil, authorizer: [String: String]? = nil) -> WebSocketConnection {
        WebSocketConnection(
            id: GatewayIdentifier.connection(),
            connectedAt: .now,
            sourceIP: "203.0.113.10",
            userAgent: userAgent,
            domainName: "localhost:3000",
            authorizer: authorizer
        )
    }

    /// The handshake that led to the recorded event.
    private let handshake = IncomingRequest(
        method: .GET,
        uri: "/prod",
        headers: [
            "Host": "localhost:3000", "Connection": "Upgrade", "Upgrade": "websocket", "Origin": "wss://x",
            "Sec-WebSocket-Extensions": "permessage-deflate", "Sec-WebSocket-Key": "am5ubWVpbHd3bmNyYXF0ag==",
            "Sec-WebSocket-Version": "13",
        ],
        remoteAddress: "203.0.113.10"
    )

    private func fixture(_ name: String) throws -> JSONValue {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
            .appending(path: "Fixtures/Events/\(name).json")
        return try JSONValue(parsing: ByteBuffer(bytes: Data(contentsOf: file)))
    }

    /// Every path in a value with the type of the value there.
    private func shape(_ value: JSONValue, at path: String = "") -> [String: String] {
        switch value {
        case .object(let fields):
            fields.reduce(into: [path: "object"]) { shape, field in
                shape.merge(self.shape(field.value, at: "\(path)/\(field.key)")) { $1 }
            }
        case .array(let elements):
            elements.enumerated().reduce(into: [path: "array"]) { shape, element in
                shape.merge(self.shape(element.element, at: "\(path)/\(element.offset)")) { $1 }
            }
        case .null: [path: "null"]
        case .boolean: [path: "boolean"]
        case .integer, .number: [path: "number"]
        case .string: [path: "string"]
        }
    }

    @Test func connectEventHasTheRecordedShape() throws {
        let event = try JSONValue(
            parsing: events.connect(connection(), request: handshake, requestID: GatewayIdentifier.request())
        )
        #expect(shape(event) == shape(try fixture("websocket-connect")))
    }

    @Test func messageEventHasTheRecordedShape() throws {
        let event = try JSONValue(
            parsing: events.message(
                ByteBuffer(string: "{\r\n\t\"a\": 1\r\n}"),
                on: connection(userAgent: "x"),
                route: "$default",
                requestID: GatewayIdentifier.request()
            )
        )
        let captured = try fixture("websocket-message")
        #expect(shape(event) == shape(captured))
        #expect(event["body"] == captured["body"])
    }

    @Test func disconnectEventHasTheRecordedShape() throws {
        let event = try JSONValue(
            parsing: events.disconnect(
                connection(userAgent: "x"),
                closure: WebSocketClosure(code: 1001, reason: ""),
                requestID: GatewayIdentifier.request()
            )
        )
        let captured = try fixture("websocket-disconnect")
        #expect(shape(event) == shape(captured))
        #expect(event["headers"]?["x-api-key"] == captured["headers"]?["x-api-key"])
        #expect(event["requestContext"]?["disconnectStatusCode"] == .integer(1001))
    }

    @Test func requestContextContainsTheAuthorizersContext() throws {
        let event = try JSONValue(
            parsing: events.message(
                ByteBuffer(string: "x"),
                on: connection(authorizer: ["principalId": "ann", "n": "1"]),
                route: "x",
                requestID: "r"
            )
        )
        #expect(
            event["requestContext"]?["authorizer"]
                == .object(["principalId": "ann", "n": "1"].mapValues(JSONValue.string))
        )
        #expect(event["requestContext"]?["extendedRequestId"] == event["requestContext"]?["requestId"])
        #expect(event["requestContext"]?["identity"]?["userAgent"] == nil)
    }

    @Test func authorizerEventHasTheUpgradeHeadersAndTheQuery() throws {
        var request = handshake
        request.uri = "/prod?token=a%20b&token=c"
        let event = try JSONValue(parsing: events.authorize(connection(), request: request, requestID: "r"))
        #expect(event["type"] == .string("REQUEST"))
        #expect(
            event["methodArn"] == .string("arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/prod/$connect")
        )
        #expect(event["headers"]?["Upgrade"] == .string("websocket"))
        #expect(event["headers"]?["Connection"] == .string("Upgrade"))
        #expect(event["queryStringParameters"]?["token"] == .string("c"))
        #expect(event["multiValueQueryStringParameters"]?["token"] == .array([.string("a b"), .string("c")]))
        #expect(event["body"] == nil)
    }

    @Test func everyEventHasTheStageVariables() throws {
        let events = WebSocketEvents(
            apiID: "a",
            stage: "s",
            stageVariables: [(key: "k", value: "v")],
            region: "r",
            accountID: "1"
        )
        let closure = WebSocketClosure(code: 1000, reason: "")
        for event in [
            events.connect(connection(), request: handshake, requestID: "r"),
            events.message(ByteBuffer(string: "x"), on: connection(), route: "x", requestID: "r"),
            events.disconnect(connection(), closure: closure, requestID: "r"),
        ] {
            #expect(try JSONValue(parsing: event)["stageVariables"] == .object(["k": .string("v")]))
        }
    }
}
