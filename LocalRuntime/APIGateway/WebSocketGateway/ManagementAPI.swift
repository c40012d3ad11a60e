public import AWSSignature
import Activity
import EmulatorCore
import FoundationEssentials
import GatewayCore
public import HTTPListener
import NIOCore
import NIOHTTP1
import SAMTemplate

/// `@connections` of one or more WebSocket APIs, behind Signature Version 4.
///
/// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
public struct ManagementAPI: Sendable {
    /// Bytes of a message that is posted.
    public static let payloadLimit = 131_072

    private let gateways: [WebSocketGateway]
    private let verifier: SignatureVerifier

    public init(gateways: [WebSocketGateway], verifier: SignatureVerifier) {
        self.gateways = gateways
        self.verifier = verifier
    }

    /// The stage and the connection id of a path like `/live/@connections/abc%3D`; nil if it is none.
    private static func target(of path: Substring) -> (prefix: [String], connection: String)? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: true).map { RequestTarget.decoded($0) }
        guard parts.count >= 2, parts[parts.count - 2] == "@connections" else { return nil }
        return (Array(parts.dropLast(2)), parts[parts.count - 1])
    }

    /// Whether the path is one of `@connections`.
    public static func matches(_ path: Substring) -> Bool { target(of: path) != nil }

    /// Answers a request for `@connections`; nil if it is for something else.
    public func respond(to request: IncomingRequest) async -> OutgoingResponse? {
        guard let (prefix, connectionID) = Self.target(of: request.path) else { return nil }
        do throws(SignatureError) {
            try verifier.verify(signable(request), at: Date())
        } catch {
            return signatureFailure(error)
        }
        let named = gateways.filter { gateway in
            prefix == [gateway.api.stage.name] || prefix == [gateway.api.logicalID, gateway.api.stage.name]
        }
        guard !named.isEmpty else { return error(.forbidden, "ForbiddenException", "Forbidden") }
        guard GatewayIdentifier.isWellFormed(connectionID) else {
            return error(.badRequest, "BadRequestException", "Invalid connectionId: \(connectionID)")
        }
        // APIs may share a stage name, and then the id alone tells whose connection it is.
        for gateway in named {
            guard let connection = gateway.registry[connectionID] else { continue }
            return answer(request, connection, gateway)
        }
        return OutgoingResponse(status: .gone, headers: headers(errorType: "GoneException"))
    }

    private func answer(
        _ request: IncomingRequest,
        _ connection: Connection,
        _ gateway: WebSocketGateway
    ) -> OutgoingResponse {
        switch request.method {
        case .POST:
            guard request.body.readableBytes <= Self.payloadLimit else {
                return error(.payloadTooLarge, "PayloadTooLargeException", "Message too long")
            }
            switch connection.send(request.body) {
            case .sent:
                gateway.recorder.moved(connection.id, out: 1, at: connection.lastActiveAt.milliseconds)
                return OutgoingResponse(status: .ok, headers: headers())
            case .full:
                return error(.tooManyRequests, "LimitExceededException", "Too many messages wait for the client")
            case .closed:
                return OutgoingResponse(status: .gone, headers: headers(errorType: "GoneException"))
            }
        case .GET:
            return .json(.ok, description(of: connection), headers: headers())
        case .DELETE:
            _ = gateway.disconnect(connection.id)
            return OutgoingResponse(status: .noContent, headers: headers())
        default:
            return error(.methodNotAllowed, "MethodNotAllowedException", "Method Not Allowed")
        }
    }

    private func description(of connection: Connection) -> String {
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
        return String(buffer: json.buffer)
    }

    private func signable(_ request: IncomingRequest) -> SignableRequest {
        SignableRequest(
            method: request.method.rawValue,
            target: request.uri,
            headers: request.headers.map { (name: $0.name, value: $0.value) },
            payload: PayloadHash(of: Array(request.body.readableBytesView))
        )
    }

    private func signatureFailure(_ failure: SignatureError) -> OutgoingResponse {
        let type =
            switch failure.code {
            case .missing: "MissingAuthenticationTokenException"
            case .malformed: "IncompleteSignatureException"
            case .unknownCredentials: "UnrecognizedClientException"
            case .wrongScope, .expired, .notYetValid, .mismatch: "InvalidSignatureException"
            default: "InvalidSignatureException"
            }
        let message = failure.code == .missing ? "Missing Authentication Token" : failure.message
        return error(.forbidden, type, message)
    }

    private func error(_ status: HTTPResponseStatus, _ type: String, _ message: String) -> OutgoingResponse {
        var json = JSONWriter()
        json.object { $0.field("message", message) }
        return .json(status, String(buffer: json.buffer), headers: headers(errorType: type))
    }

    private func headers(errorType: String? = nil) -> HTTPHeaders {
        var headers: HTTPHeaders = ["x-amzn-RequestId": RequestID.make()]
        if let errorType { headers.add(name: "x-amzn-ErrorType", value: errorType) }
        return headers
    }
}
