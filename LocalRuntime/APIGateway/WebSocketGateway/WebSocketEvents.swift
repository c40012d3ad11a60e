import EmulatorCore
import GatewayCore
import HTTPListener
import NIOCore
import NIOHTTP1

/// Writes the events that a WebSocket API sends to its functions.
///
/// Their form follows recorded events of AWS. Keys without a value are omitted, never null.
struct WebSocketEvents: Sendable {
    let apiID: String
    let stage: String
    let stageVariables: [(key: String, value: String)]
    let region: String
    let accountID: String

    /// `arn:aws:execute-api:{region}:{account}:{api}/{stage}/$connect`
    var connectARN: String { "arn:aws:execute-api:\(region):\(accountID):\(apiID)/\(stage)/$connect" }

    func connect(_ connection: WebSocketConnection, request: IncomingRequest, requestID: String) -> ByteBuffer {
        var json = JSONWriter()
        json.object { json in
            writeRequest(request, to: &json, keepsUpgradeHeaders: false)
            writeContext(of: connection, route: "$connect", type: "CONNECT", requestID: requestID, to: &json)
            json.field("isBase64Encoded", false)
        }
        return json.buffer
    }

    func authorize(_ connection: WebSocketConnection, request: IncomingRequest, requestID: String) -> ByteBuffer {
        var json = JSONWriter()
        json.object { json in
            json.field("type", "REQUEST")
            json.field("methodArn", connectARN)
            writeRequest(request, to: &json, keepsUpgradeHeaders: true)
            writeContext(of: connection, route: "$connect", type: "CONNECT", requestID: requestID, to: &json)
        }
        return json.buffer
    }

    func message(_ text: ByteBuffer, on connection: WebSocketConnection, route: String, requestID: String) -> ByteBuffer
    {
        var json = JSONWriter()
        json.object { json in
            writeContext(of: connection, route: route, type: "MESSAGE", requestID: requestID, to: &json) { json in
                json.field("messageId", GatewayIdentifier.message(on: connection.id))
            }
            writeStageVariables(to: &json)
            json.field("body", text: text)
            json.field("isBase64Encoded", false)
        }
        return json.buffer
    }

    func disconnect(_ connection: WebSocketConnection, closure: WebSocketClosure, requestID: String) -> ByteBuffer {
        let headers = [
            ("Host", connection.domainName), ("x-api-key", ""), ("X-Forwarded-For", ""), ("x-restapi", ""),
        ]
        var json = JSONWriter()
        json.object { json in
            json.field("headers", headers.map { (key: $0.0, value: $0.1) })
            json.field("multiValueHeaders", headers.map { (key: $0.0, value: [$0.1]) })
            writeContext(of: connection, route: "$disconnect", type: "DISCONNECT", requestID: requestID, to: &json) {
                json in
                json.field("disconnectStatusCode", Int64(closure.code))
                json.field("disconnectReason", closure.reason)
            }
            writeStageVariables(to: &json)
            json.field("isBase64Encoded", false)
        }
        return json.buffer
    }

    // MARK: Parts

    private func writeRequest(_ request: IncomingRequest, to json: inout JSONWriter, keepsUpgradeHeaders: Bool) {
        let headers = eventHeaders(of: request, keepsUpgradeHeaders: keepsUpgradeHeaders).grouped()
        json.field("headers", headers.lastValues)
        json.field("multiValueHeaders", headers)
        let query = RequestTarget.queryItems(request.query).grouped()
        if !query.isEmpty {
            json.field("queryStringParameters", query.lastValues)
            json.field("multiValueQueryStringParameters", query)
        }
        writeStageVariables(to: &json)
    }

    private func writeStageVariables(to json: inout JSONWriter) {
        if !stageVariables.isEmpty { json.field("stageVariables", stageVariables) }
    }

    private func eventHeaders(
        of request: IncomingRequest,
        keepsUpgradeHeaders: Bool
    ) -> [(name: String, value: String)] {
        let hidden: Set = keepsUpgradeHeaders ? [] : ["connection", "upgrade"]
        return request.headers.filter { !hidden.contains($0.name.lowercased()) }
            .map { (name: $0.name.lowercased() == "host" ? "Host" : $0.name, value: $0.value) }
            + ForwardedHeaders.make(
                host: request.headers.first(name: "host"),
                remoteAddress: request.remoteAddress
            )
    }

    private func writeContext(
        of connection: WebSocketConnection,
        route: String,
        type: String,
        requestID: String,
        to json: inout JSONWriter,
        _ more: (inout JSONWriter) -> Void = { _ in }
    ) {
        let now = UnixTime.now
        json.field("requestContext") { json in
            json.object { json in
                json.field("routeKey", route)
                if let authorizer = connection.authorizer {
                    json.field("authorizer", authorizer.sorted { $0.key < $1.key })
                }
                more(&json)
                json.field("eventType", type)
                json.field("extendedRequestId", requestID)
                json.field("requestTime", now.requestTime)
                json.field("messageDirection", "IN")
                json.field("stage", stage)
                json.field("connectedAt", connection.connectedAt.milliseconds)
                json.field("requestTimeEpoch", now.milliseconds)
                json.field("identity") { json in
                    json.object { json in
                        json.field("userAgent", ifPresent: connection.userAgent)
                        json.field("sourceIp", connection.sourceIP)
                    }
                }
                json.field("requestId", requestID)
                json.field("domainName", connection.domainName)
                json.field("connectionId", connection.id)
                json.field("apiId", apiID)
            }
        }
    }
}
