/// Takes invocations of type `Event`, whose caller does not wait for the result.
public protocol EventAcceptor: Sendable {
    /// Stores the event durably; it is run even if this process ends first.
    ///
    /// - Returns: The Lambda request id.
    /// - Throws: An error if the event cannot be stored.
    func accept(_ request: InvocationRequest) async throws -> String
}
