import Activity
import EmulatorCore
import GatewayCore
import LambdaHost
import Logging
import NIOCore
import SAMTemplate

/// Runs the integrations of a WebSocket API's routes.
struct WebSocketIntegrations: Sendable {
    enum Outcome {
        case response(ProxyResponse)
        case mock
        case timedOut
        /// The function failed or its response is malformed, or the integration is not emulated.
        case failed
    }

    let apiLogicalID: String
    let invoker: any FunctionInvoker
    let recorder: ActivityRecorder
    let logger: Logger

    func run(_ route: WebSocketAPI.Route, _ event: ByteBuffer, for connection: WebSocketConnection) async -> Outcome {
        switch route.integration {
        case .mock, nil: return .mock
        case .unsupported: return .failed
        case .function(let function, let timeout):
            let result = await invoker.invoke(
                InvocationRequest(
                    function: function,
                    payload: event,
                    trigger: "WebSocket \(route.key)",
                    caller: connection.caller,
                    callerTimeout: timeout
                )
            )
            switch result.outcome {
            case .response(let payload):
                guard let response = ProxyResponse(strict: payload) else {
                    warn("The response of \(function) to \(route.key) is not a valid proxy response.")
                    return .failed
                }
                return .response(response)
            case .callerTimeout: return .timedOut
            case .functionError, .throttled, .unknownFunction: return .failed
            }
        }
    }

    private func warn(_ text: String) {
        logger.warning("\(text)", metadata: ["api": "\(apiLogicalID)"])
        recorder.note(Notice(.warning, time: UnixTime.now.milliseconds, text: text))
    }
}
