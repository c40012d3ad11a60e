import EmulatorCore
import NIOCore
public import ObjectStore
public import SQS

/// Where events of other services go: to a queue, or to a function that nobody waits for.
public struct EventRouter: EventDestination {
    private let queues: QueueService
    private let invoker: AsynchronousInvoker

    public init(queues: QueueService, invoker: AsynchronousInvoker) {
        self.queues = queues
        self.invoker = invoker
    }

    /// Delivers an event of S3's.
    public func deliver(_ event: [UInt8], to arn: String) async throws {
        let payload = ByteBuffer(bytes: event)
        let name = (try? JSONValue(parsing: payload))?["Records"]?[0]?["eventName"]?.string
        try await deliver(payload, to: arn, trigger: "S3 \(name ?? "event")")
    }

    /// Whether events of S3 can be delivered there.
    public func isDestination(_ arn: String) -> Bool {
        if let queue = queues.queue(arn: arn) { return !queue.name.hasSuffix(".fifo") }
        return invoker.hasFunction(arn)
    }

    /// - Throws: ``UndeliverableEvent`` if nobody has the ARN; any other error may pass.
    func deliver(_ payload: ByteBuffer, to arn: String, trigger: String) async throws {
        if let queue = queues.queue(arn: arn) {
            guard !queue.name.hasSuffix(".fifo") else {
                throw UndeliverableEvent("\(queue.name) is a FIFO queue, which takes no events.")
            }
            try await queue.send([Queue.Draft(body: String(buffer: payload))])
            return
        }
        guard try await invoker.accept(payload, forFunction: arn, trigger: trigger) else {
            throw UndeliverableEvent("\(arn) is no queue and no function of the template.")
        }
    }
}
