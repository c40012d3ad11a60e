/// Invokes functions: the part of ``LambdaHost`` that gateways and event sources use.
public protocol FunctionInvoker: Sendable {
    /// Runs the function and waits for its answer. Each failure is an ``InvocationResult/Outcome``.
    func invoke(_ request: InvocationRequest) async -> InvocationResult
}
