import EmulatorCore
import GatewayCore
import HTTPListener
import LambdaHost
import NIOCore
import NIOHTTP1
import SAMTemplate
import Synchronization

/// Creates a template's custom resources at startup, as CloudFormation does on deployment.
///
/// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html
final class CustomResources: Sendable {
    /// A custom resource could not be created.
    struct Failure: Error, CustomStringConvertible {
        var logicalID: String
        var reason: String

        var description: String { "\(logicalID) could not be created: \(reason)" }
    }

    private static let prefix = "/_local/custom-resources/"
    /// Bytes of a response: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
    private static let responseLimit = 4_096

    private enum Response {
        case awaited
        case received(JSONValue)
    }

    /// The responses of the functions that run, by the token in their URL.
    private let responses = Mutex<[String: Response]>([:])

    /// Invokes the function with a `Create` request. The function sends its response to a URL before it returns.
    func create(
        _ resource: CustomResource,
        servicesURL: String,
        stackID: String,
        invoker: any FunctionInvoker
    ) async throws(Failure) {
        let token = RequestID.make()
        responses.withLock { $0[token] = .awaited }
        var json = JSONWriter()
        json.object { json in
            json.field("RequestType", "Create")
            json.field("ResponseURL", servicesURL + Self.prefix + token)
            json.field("StackId", stackID)
            json.field("RequestId", RequestID.make())
            json.field("ResourceType", resource.type)
            json.field("LogicalResourceId", resource.logicalID)
            json.field("ResourceProperties", json: resource.properties)
        }
        let result = await invoker.invoke(
            InvocationRequest(
                function: resource.function,
                payload: json.buffer,
                trigger: "Custom resource \(resource.logicalID)"
            )
        )
        let response: JSONValue? = responses.withLock { responses in
            guard case .received(let response)? = responses.removeValue(forKey: token) else { return nil }
            return response
        }
        switch response?["Status"]?.string {
        case "SUCCESS": return
        case .some:
            throw Failure(logicalID: resource.logicalID, reason: response?["Reason"]?.string ?? "no reason given")
        case nil: throw Failure(logicalID: resource.logicalID, reason: Self.reason(for: result.outcome, resource))
        }
    }

    static func matches(_ path: Substring) -> Bool { path.hasPrefix(prefix) }

    /// Receives the response of a function. A response for which no function runs is refused before its body is read.
    func handler(for head: IncomingRequest) -> RequestHandler {
        guard head.method == .PUT else { return .answering(.methodNotAllowed, "Only PUT is allowed") }
        let token = String(head.path.dropFirst(Self.prefix.count))
        guard isAwaited(token) else { return .answering(.notFound, "No response is awaited here") }
        return .streaming { _, body in await self.receive(token, body) }
    }

    private func isAwaited(_ token: String) -> Bool {
        responses.withLock { responses in
            if case .awaited? = responses[token] { true } else { false }
        }
    }

    private func receive(_ token: String, _ body: RequestBodyStream) async -> OutgoingResponse {
        var bytes = ByteBuffer()
        do {
            while var part = try await body.read() {
                guard bytes.readableBytes + part.readableBytes <= Self.responseLimit else {
                    return .message(.payloadTooLarge, "A response has at most \(Self.responseLimit) bytes")
                }
                bytes.writeBuffer(&part)
            }
        } catch {
            return .message(.requestTimeout, "The body did not arrive")
        }
        guard let response = try? JSONValue(parsing: bytes) else {
            return .message(.badRequest, "The body is not JSON.")
        }
        responses.withLock { responses in
            // The function may have ended in the meantime.
            if case .awaited? = responses[token] { responses[token] = .received(response) }
        }
        return OutgoingResponse(status: .ok)
    }

    private static func reason(for outcome: InvocationResult.Outcome, _ resource: CustomResource) -> String {
        switch outcome {
        case .functionError(let document): String(buffer: document)
        case .response: "\(resource.function) returned without sending a response to its ResponseURL"
        case .callerTimeout: "\(resource.function) timed out"
        case .throttled(let reason): reason
        case .unknownFunction: "there is no function \(resource.function)"
        }
    }
}

extension RequestHandler {
    fileprivate static func answering(_ status: HTTPResponseStatus, _ message: String) -> Self {
        .streaming { _, _ in .message(status, message) }
    }
}
