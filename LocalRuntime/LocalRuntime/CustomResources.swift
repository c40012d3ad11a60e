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

    /// Received responses by the token in their URL, until they are read.
    private let responses = Mutex<[String: JSONValue]>([:])

    /// Invokes the function with a `Create` request. The function sends its response to a URL before it returns.
    func create(
        _ resource: CustomResource,
        servicesURL: String,
        stackID: String,
        invoker: any FunctionInvoker
    ) async throws(Failure) {
        let token = RequestID.make()
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
        let response = responses.withLock { $0.removeValue(forKey: token) }
        switch response?["Status"]?.string {
        case "SUCCESS": return
        case .some:
            throw Failure(logicalID: resource.logicalID, reason: response?["Reason"]?.string ?? "no reason given")
        case nil: throw Failure(logicalID: resource.logicalID, reason: Self.reason(for: result.outcome, resource))
        }
    }

    static func matches(_ path: Substring) -> Bool { path.hasPrefix(prefix) }

    /// Receives the response of a function; nil if the request is for another path.
    func respond(to request: IncomingRequest) -> OutgoingResponse? {
        guard request.method == .PUT, request.path.hasPrefix(Self.prefix) else { return nil }
        let token = String(request.path.dropFirst(Self.prefix.count))
        guard let response = try? JSONValue(parsing: request.body) else {
            return .message(.badRequest, "The body is not JSON.")
        }
        responses.withLock { $0[token] = response }
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
