/// Delivers events to queues and functions.
public protocol EventDestination: Sendable {
    /// Returns once the destination has stored the event.
    ///
    /// The same event may be delivered more than once.
    /// - Parameters:
    ///   - event: JSON as S3 writes it, with `Records`.
    ///   - arn: The ARN of the queue or function.
    /// - Throws: ``UndeliverableEvent`` to drop the event; after any other error the delivery is tried again.
    func deliver(_ event: [UInt8], to arn: String) async throws
}

/// An event that can never be delivered. It is dropped with a warning.
public struct UndeliverableEvent: Error, Sendable {
    /// A sentence for the log.
    public var reason: String

    public init(_ reason: String) { self.reason = reason }
}
