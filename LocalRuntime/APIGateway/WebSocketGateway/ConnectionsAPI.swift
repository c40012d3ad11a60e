public import AWSRequests
import AWSSignature
import Activity
import EmulatorCore
import GatewayCore
public import HTTPListener
import NIOCore
import NIOHTTP1
import SAMTemplate

/// The `@connections` API of one or more WebSocket APIs, which requires Signature Version 4.
///
/// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
public struct ConnectionsAPI: Sendable {
    /// The largest message that can be posted, in bytes.
    public static let payloadLimit = 131_072

    /// A path like `/live/@connections/abc%3D`, decoded.
    private struct Target {
        /// The segments before `@connections`: the stage, or the API's logical id and the stage.
        var prefix: [String]
        var connectionID: String

        init?(_ path: Substring) {
            let parts = path.split(separator: "/", omittingEmptySubsequences: true).map { RequestTarget.decoded($0) }
            guard parts.count >= 2, parts[parts.count - 2] == "@connections" else { return nil }
            prefix = Array(parts.dropLast(2))
            connectionID = parts[parts.count - 1]
        }

        func isStage(of api: WebSocketAPI) -> Bool {
            prefix == [api.stage.name] || prefix == [api.logicalID, api.stage.name]
        }
    }

    private let gateways: [WebSocketGateway]
    private let verifier: RequestVerifier

    public init(gateways: [WebSocketGateway], verifier: RequestVerifier) {
        self.gateways = gateways
        self.verifier = verifier
    }

    /// Whether a path belongs to `@connections`.
    public static func matches(_ path: Substring) -> Bool { Target(path) != nil }

    /// Responds to a request for `@connections`; nil for any other path.
    public func respond(to request: AWSRequest) -> OutgoingResponse? {
        guard let target = Target(request.http.path) else { return nil }
        do throws(SignatureError) {
            try request.verified(by: verifier)
        } catch {
            return signatureFailure(error)
        }
        let matching = gateways.filter { target.isStage(of: $0.api) }
        guard !matching.isEmpty else { return error(.forbidden, "ForbiddenException", "Forbidden") }
        guard GatewayIdentifier.isWellFormed(target.connectionID) else {
            return error(.badRequest, "BadRequestException", "Invalid connectionId: \(target.connectionID)")
        }
        // Two APIs may have stages of the same name; only one of them has the connection.
        for gateway in matching {
            guard let connection = gateway.registry[target.connectionID] else { continue }
            return respond(to: request.http, connection, gateway)
        }
        return gone
    }

    private func respond(
        to request: IncomingRequest,
        _ connection: WebSocketConnection,
        _ gateway: WebSocketGateway
    ) -> OutgoingResponse {
        switch request.method {
        case .POST: return post(request.body, to: connection, gateway)
        case .GET: return .json(.ok, description(of: connection), headers: headers())
        case .DELETE:
            _ = gateway.disconnect(connection.id)
            return OutgoingResponse(status: .noContent, headers: headers())
        default:
            return error(.methodNotAllowed, "MethodNotAllowedException", "Method Not Allowed")
        }
    }

    private func post(
        _ body: ByteBuffer,
        to connection: WebSocketConnection,
        _ gateway: WebSocketGateway
    ) -> OutgoingResponse {
        guard body.readableBytes <= Self.payloadLimit else {
            return error(.payloadTooLarge, "PayloadTooLargeException", "Message too long")
        }
        // Clients close the connection on a text frame that is not UTF-8, so invalid bytes are replaced.
        let text = body.isUTF8 ? body : ByteBuffer(string: String(buffer: body))
        switch connection.send(text) {
        case .sent:
            gateway.recorder.moved(connection.id, out: 1, at: connection.lastActiveAt.milliseconds)
            return OutgoingResponse(status: .ok, headers: headers())
        case .full:
            return error(.tooManyRequests, "LimitExceededException", "Too many messages wait for the client")
        case .closed: return gone
        }
    }

    private func description(of connection: WebSocketConnection) -> ByteBuffer {
        var json = JSONWriter()
        json.object { json in
            json.field("connectedAt", connection.connectedAt.iso8601)
            json.field("identity") { json in
                json.object { json in
                    json.field("sourceIp", connection.sourceIP)
                    json.field("userAgent", ifPresent: connection.userAgent)
                }
            }
            json.field("lastActiveAt", connection.lastActiveAt.iso8601)
        }
        return json.buffer
    }

    // MARK: Failures

    private func signatureFailure(_ failure: SignatureError) -> OutgoingResponse {
        let type =
            switch failure.code {
            case .missing: "MissingAuthenticationTokenException"
            case .malformed: "IncompleteSignatureException"
            case .unknownCredentials: "UnrecognizedClientException"
            default: "InvalidSignatureException"
            }
        let message = failure.code == .missing ? "Missing Authentication Token" : failure.message
        return error(.forbidden, type, message)
    }

    /// The connection existed once; on AWS this response has no body.
    private var gone: OutgoingResponse {
        OutgoingResponse(status: .gone, headers: headers(errorType: "GoneException"))
    }

    private func error(_ status: HTTPResponseStatus, _ type: String, _ message: String) -> OutgoingResponse {
        .message(status, message, headers: headers(errorType: type))
    }

    private func headers(errorType: String? = nil) -> HTTPHeaders {
        var headers: HTTPHeaders = ["x-amzn-RequestId": RequestID.make()]
        if let errorType { headers.add(name: "x-amzn-ErrorType", value: errorType) }
        return headers
    }
}
