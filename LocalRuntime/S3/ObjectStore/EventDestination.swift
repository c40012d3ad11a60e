/// Where events go: a queue or a function.
public protocol EventDestination: Sendable {
    /// Returns when the destination has the event for good.
    ///
    /// The same event may come more than once. Throw ``UndeliverableEvent`` if it can never be delivered; after any
    /// other error it is tried again.
    /// - Parameters:
    ///   - event: JSON as S3 writes it, with `Records`.
    ///   - arn: Of the queue or the function.
    func deliver(_ event: [UInt8], to arn: String) async throws
}

/// No try will ever succeed: the event is dropped, and a warning written.
public struct UndeliverableEvent: Error, Sendable {
    /// A sentence for the log.
    public var reason: String

    public init(_ reason: String) { self.reason = reason }
}
