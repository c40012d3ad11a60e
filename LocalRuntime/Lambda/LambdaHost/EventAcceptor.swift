/// Takes invocations that nobody waits for.
public protocol EventAcceptor: Sendable {
    /// Gives the request id once the event is kept and will be tried, whatever happens to this process.
    ///
    /// - Throws: What keeps the event from being kept.
    func accept(_ request: InvocationRequest) async throws -> String
}
