import Synchronization

/// Invocations that nobody waits for: events from storage and schedules, and Invoke with type `Event`.
///
/// A function that fails is tried again twice with the same request id; one that is throttled, until there is room.
/// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
public struct AsynchronousInvoker: Sendable {
    private let invoker: any FunctionInvoker
    /// Seconds before each repetition.
    private let retryDelays: [Int]

    public init(invoker: any FunctionInvoker, retryDelays: [Int]) {
        self.invoker = invoker
        self.retryDelays = retryDelays
    }

    /// Accepts an invocation and gives its request id.
    @discardableResult
    public func enqueue(_ request: InvocationRequest) -> String {
        var request = request
        let requestID = request.requestID ?? RequestID.make()
        request.requestID = requestID
        let accepted = request
        Task { _ = await run(accepted) }
        return requestID
    }

    /// Runs an invocation to its end, repetitions included, and gives the last result.
    public func run(_ request: InvocationRequest) async -> InvocationResult {
        var remaining = retryDelays[...]
        while true {
            let result = await invoker.invoke(request)
            switch result.outcome {
            case .response, .unknownFunction:
                return result
            case .throttled:
                guard (try? await Task.sleep(for: .seconds(1))) != nil else { return result }
            case .functionError, .callerTimeout:
                guard let delay = remaining.popFirst() else { return result }
                guard (try? await Task.sleep(for: .seconds(delay))) != nil else { return result }
            }
        }
    }
}
