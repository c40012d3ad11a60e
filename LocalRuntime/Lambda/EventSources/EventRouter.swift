import EmulatorCore
import NIOCore
public import ObjectStore
public import SQS

/// Delivers events of other services to queues and, asynchronously, to functions.
public struct EventRouter: EventDestination {
    private let queues: QueueService
    private let invoker: AsynchronousInvoker

    public init(queues: QueueService, invoker: AsynchronousInvoker) {
        self.queues = queues
        self.invoker = invoker
    }

    /// Delivers an event of S3.
    public func deliver(_ event: [UInt8], to arn: String) async throws {
        let payload = ByteBuffer(bytes: event)
        let name = (try? JSONValue(parsing: payload))?["Records"]?[0]?["eventName"]?.string
        try await deliver(payload, to: arn, trigger: "S3 \(name ?? "event")")
    }

    /// Whether the ARN is that of a function or of a standard queue.
    public func isDestination(_ arn: String) -> Bool {
        if let queue = queues.queue(arn: arn) { return !queue.name.hasSuffix(".fifo") }
        return invoker.hasFunction(arn)
    }

    /// - Throws: ``UndeliverableEvent`` if the ARN is not a destination. Other errors may be temporary.
    func deliver(_ payload: ByteBuffer, to arn: String, trigger: String) async throws {
        if let queue = queues.queue(arn: arn) {
            guard !queue.name.hasSuffix(".fifo") else {
                throw UndeliverableEvent("\(queue.name) is a FIFO queue, which cannot receive events.")
            }
            try await queue.send([Queue.Draft(body: String(buffer: payload))])
            return
        }
        guard try await invoker.accept(payload, forFunction: arn, trigger: trigger) else {
            throw UndeliverableEvent("\(arn) is not a queue or a function of the template.")
        }
    }
}
