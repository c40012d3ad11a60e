import ByteEncodings
import EmulatorCore
import FoundationEssentials
public import HTTPListener
import NIOCore
import NIOHTTP1

/// Lambda's Invoke operation over HTTP, as AWS SDKs call it.
///
/// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
public struct InvokeAPI: Sendable {
    private let host: LambdaHost
    private let events: any EventAcceptor

    /// - Parameter events: Accepts invocations of type `Event`.
    public init(host: LambdaHost, events: any EventAcceptor) {
        self.host = host
        self.events = events
    }

    /// Whether the path of a request is that of this operation.
    public static func matches(_ request: IncomingRequest) -> Bool {
        functionName(in: request.path) != nil
    }

    /// Handles a request; the caller has verified its signature.
    public func respond(to request: IncomingRequest) async -> OutgoingResponse {
        guard let name = Self.functionName(in: request.path), request.method == .POST else {
            return Self.error(
                .notFound,
                "ResourceNotFoundException",
                "No such operation: \(request.method) \(request.uri)"
            )
        }
        guard let reference = FunctionReference(name) else {
            let message = "1 validation error detected: Value '\(name)' at 'functionName' failed to satisfy constraint"
            return Self.error(.badRequest, "ValidationException", message)
        }
        let qualifier = reference.qualifier ?? Self.queryValue("Qualifier", in: request)
        guard let function = host.function(named: reference.name), [nil, "$LATEST"].contains(qualifier) else {
            let suffix = qualifier.map { ":\($0)" } ?? ""
            let arn = "\(host.arnPrefix)\(reference.name)\(suffix)"
            return Self.error(.notFound, "ResourceNotFoundException", "Function not found: \(arn)", type: "User")
        }
        let invocationType = request.headers.first(name: "X-Amz-Invocation-Type") ?? "RequestResponse"
        let limit = invocationType == "Event" ? 1_048_576 : InvocationRequest.synchronousLimit
        guard request.body.readableBytes <= limit else {
            let message =
                "\(request.body.readableBytes) byte payload is too large for the \(invocationType) "
                + "invocation type (limit \(limit) bytes)"
            return Self.error(.payloadTooLarge, "RequestTooLargeException", message, type: "User")
        }
        guard let payload = Self.validated(request.body) else {
            let message = "Could not parse request body into json: the payload is not valid JSON"
            return Self.error(.badRequest, "InvalidRequestContentException", message, type: "User")
        }
        var invocation = InvocationRequest(function: function.name, payload: payload, trigger: "Invoke API")
        invocation.clientContext = request.headers.first(name: "X-Amz-Client-Context")
        invocation.traceID = request.headers.first(name: "X-Amzn-Trace-Id")
        invocation.wantsLogTail = request.headers.first(name: "X-Amz-Log-Type") == "Tail"
        switch invocationType {
        case "RequestResponse":
            return Self.response(await host.invoke(invocation))
        case "Event":
            do {
                let requestID = try await events.accept(invocation)
                return OutgoingResponse(status: .accepted, headers: ["x-amzn-RequestId": requestID])
            } catch {
                let message = "The event cannot be stored: \(error)"
                return Self.error(.internalServerError, "ServiceException", message, type: "Service")
            }
        case "DryRun":
            return OutgoingResponse(status: .noContent, headers: ["x-amzn-RequestId": RequestID.make()])
        default:
            let message =
                "1 validation error detected: Value '\(invocationType)' at 'invocationType' failed to satisfy "
                + "constraint: Member must satisfy enum value set: [Event, RequestResponse, DryRun]"
            return Self.error(.badRequest, "InvalidParameterValueException", message, type: "User")
        }
    }

    private static func response(_ result: InvocationResult) -> OutgoingResponse {
        var headers: HTTPHeaders = [
            "Content-Type": "application/json",
            "x-amzn-RequestId": result.requestID,
            "X-Amz-Executed-Version": "$LATEST",
        ]
        if !result.logTail.isEmpty {
            headers.add(name: "X-Amz-Log-Result", value: Data(result.logTail).base64EncodedString())
        }
        switch result.outcome {
        case .response(let body):
            return OutgoingResponse(status: .ok, headers: headers, body: .bytes(body))
        case .functionError(let document):
            headers.add(name: "X-Amz-Function-Error", value: "Unhandled")
            return OutgoingResponse(status: .ok, headers: headers, body: .bytes(document))
        case .throttled(let reason):
            return error(
                .tooManyRequests,
                "TooManyRequestsException",
                "Rate Exceeded.",
                type: "User",
                requestID: result.requestID,
                members: [("Reason", reason)]
            )
        case .unknownFunction:
            return error(.notFound, "ResourceNotFoundException", "Function not found", type: "User")
        case .callerTimeout:
            return error(.gatewayTimeout, "ServiceException", "The function took too long", type: "Service")
        }
    }

    /// The body, or `{}` if it is empty; nil if it is not JSON.
    private static func validated(_ body: ByteBuffer) -> ByteBuffer? {
        guard body.readableBytes > 0 else { return ByteBuffer(string: "{}") }
        // The decoder parses the whole text before it decodes the value, so a value without fields is enough.
        let isValid = (try? JSONDecoder().decode(Anything.self, from: Data(body.readableBytesView))) != nil
        return isValid ? body : nil
    }

    private struct Anything: Decodable {
        init(from decoder: any Decoder) {}
    }

    private static func error(
        _ status: HTTPResponseStatus,
        _ name: String,
        _ message: String,
        type: String? = nil,
        requestID: String? = nil,
        members: [(String, String)] = []
    ) -> OutgoingResponse {
        let fields = [("Type", type), ("Message", message), ("message", message)] + members.map { ($0.0, $0.1) }
        var json = JSONWriter()
        json.object { json in
            for (name, value) in fields { json.field(name, ifPresent: value) }
        }
        return .json(
            status,
            json.buffer,
            headers: ["x-amzn-ErrorType": name, "x-amzn-RequestId": requestID ?? RequestID.make()]
        )
    }

    // MARK: Path

    /// The percent-decoded part between `/functions/` and `/invocations`.
    private static func functionName(in path: Substring) -> String? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: true)
        guard parts.count == 4, parts[0] == "2015-03-31", parts[1] == "functions", parts[3] == "invocations" else {
            return nil
        }
        return PercentEncoding.decode(parts[2])
    }

    private static func queryValue(_ name: String, in request: IncomingRequest) -> String? {
        for pair in request.query?.split(separator: "&") ?? [] {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2, parts[0] == name { return PercentEncoding.decode(parts[1]) }
        }
        return nil
    }
}

extension LambdaHost {
    /// The ARN of a function without its name, for messages.
    var arnPrefix: String {
        guard let first = functions.first, let end = first.arn.lastIndex(of: ":") else {
            return "arn:aws:lambda:\(options.region):000000000000:function:"
        }
        return String(first.arn[...end])
    }
}
