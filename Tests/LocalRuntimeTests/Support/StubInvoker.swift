import EmulatorCore
import GatewayCore
import LambdaHost
import NIOCore

/// Functions that return the results that a test defines.
struct StubInvoker: FunctionInvoker {
    typealias Function = @Sendable (InvocationRequest) async -> InvocationResult.Outcome

    let functions: [String: Function]
    let log: CallLog

    func invoke(_ request: InvocationRequest) async -> InvocationResult {
        let event = (try? JSONValue(parsing: request.payload)) ?? .null
        await log.record(request.function, event)
        let outcome = await functions[request.function]?(request) ?? .unknownFunction
        return InvocationResult(requestID: RequestID.make(), outcome: outcome)
    }

    /// A function with the same outcome every time.
    static func always(_ outcome: InvocationResult.Outcome) -> Function { { _ in outcome } }

    /// A function with the same response every time.
    static func answering(_ text: String) -> Function { always(.answer(text)) }
}

extension InvocationResult.Outcome {
    static func answer(_ text: String) -> Self { .response(ByteBuffer(string: text)) }

    static func failure(_ message: String) -> Self {
        .functionError(ByteBuffer(string: #"{"errorType":"Error","errorMessage":"\#(message)"}"#))
    }
}
