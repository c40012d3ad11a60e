import Activity
import EmulatorCore
import GatewayCore
import HTTPListener
import LambdaHost
import Logging
import NIOCore
import NIOHTTP1
import SAMTemplate

/// The `REQUEST` authorizer of `$connect`.
///
/// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html
struct ConnectAuthorizer: Sendable {
    enum Verdict: Sendable {
        /// Authorized, with the context for every event of the connection.
        case allowed([String: String])
        /// Refused with this HTTP status.
        case refused(Int)
    }

    let settings: WebSocketAPI.RequestAuthorizer
    let events: WebSocketEvents
    let invoker: any FunctionInvoker
    let recorder: ActivityRecorder
    let logger: Logger

    func authorize(_ connection: WebSocketConnection, request: IncomingRequest, requestID: String) async -> Verdict {
        guard settings.identitySources.allSatisfy({ isPresent($0, in: request) }) else { return .refused(401) }
        let result = await invoker.invoke(
            InvocationRequest(
                function: settings.function,
                payload: events.authorize(connection, request: request, requestID: requestID),
                trigger: "Authorizer of $connect",
                caller: connection.sourceIP,
                callerTimeout: 10_000
            )
        )
        switch result.outcome {
        case .response(let payload):
            switch AuthorizerDecision(policyResponse: payload, methodARN: events.connectARN) {
            case .allow(let context): return .allowed(context)
            case .deny: return .refused(403)
            case .malformed: return failed("in its response, \(AuthorizerDecision.problem(with: payload))")
            }
        case .functionError(let document):
            let message = try? JSONValue(parsing: document)["errorMessage"]?.string
            return message == "Unauthorized" ? .refused(401) : failed("it failed: \(message ?? "no message")")
        case .callerTimeout: return failed("it did not answer within 10 seconds")
        case .throttled: return failed("its reserved concurrency is used up")
        case .unknownFunction: return failed("there is no such function")
        }
    }

    /// The client only sees that something failed, so the log says what.
    private func failed(_ problem: String) -> Verdict {
        let text = "The authorizer \(settings.function) of $connect cannot decide: \(problem)."
        logger.warning("\(text)")
        recorder.note(Notice(.warning, time: UnixTime.now.milliseconds, text: text))
        return .refused(500)
    }

    private func isPresent(_ source: String, in request: IncomingRequest) -> Bool {
        let parts = source.split(separator: ".", maxSplits: 3).map(String.init)
        guard parts.count == 4, parts[0] == "route", parts[1] == "request" else {
            // `context.X` and `stageVariables.X` are assumed to always have a value.
            return true
        }
        switch parts[2] {
        case "header": return request.headers.first(name: parts[3])?.isEmpty == false
        case "querystring":
            return RequestTarget.queryItems(request.query).contains { $0.name == parts[3] && !$0.value.isEmpty }
        default: return true
        }
    }
}
