public import Activity
import EmulatorCore
public import LambdaHost
import NIOCore
public import SAMTemplate
public import SQS

/// An event source mapping: receives messages from a queue and invokes a function with batches of them.
///
/// Messages are deleted after the function has returned, so that none is lost when this process ends. Failed messages
/// stay in flight and are redelivered after their visibility timeout, as on AWS.
/// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
public struct QueuePoller: Sendable {
    /// How many batches run at the same time if the mapping sets no maximum. AWS starts with 5 and scales to 1,250, which
    /// is too many for one machine.
    private static let defaultConcurrency = 10

    private let mapping: EventSourceMapping
    private let queue: Queue
    private let region: String
    private let invoker: any FunctionInvoker
    private let activity: ActivityRecorder
    private let semaphore: AsyncSemaphore

    public init(
        mapping: EventSourceMapping,
        queue: Queue,
        region: String,
        invoker: any FunctionInvoker,
        activity: ActivityRecorder
    ) {
        self.mapping = mapping
        self.queue = queue
        self.region = region
        self.invoker = invoker
        self.activity = activity
        semaphore = AsyncSemaphore(mapping.maximumConcurrency ?? Self.defaultConcurrency)
    }

    /// Polls until the task is cancelled. Batches that have been passed to the function are still completed.
    public func run() async {
        // The permit comes first, because the visibility timeout of a message starts when it is received.
        while await semaphore.acquire() {
            let messages = await batch()
            guard !messages.isEmpty else {
                await semaphore.release()
                if Task.isCancelled { return }
                continue
            }
            Task {
                for (payload, messages) in QueueEvent.events(of: messages, queueARN: queue.arn, region: region) {
                    await process(payload, messages)
                }
                await semaphore.release()
            }
        }
    }

    /// Waits for a message, then for more of them until the batch is full or the batching window is over.
    private func batch() async -> [Queue.Received] {
        var messages = await receive(mapping.batchSize, wait: 20)
        guard !messages.isEmpty, mapping.maximumBatchingWindow > 0 else { return messages }
        let deadline = ContinuousClock.now + .seconds(mapping.maximumBatchingWindow)
        var size = messages.reduce(0) { $0 + $1.message.size }
        while messages.count < mapping.batchSize, size < 6 << 20, !Task.isCancelled {
            let left = deadline - .now
            guard left > .zero else { break }
            let more = await receive(mapping.batchSize - messages.count, wait: max(1, Int(left.components.seconds)))
            size += more.reduce(0) { $0 + $1.message.size }
            messages += more
        }
        return messages
    }

    private func receive(_ maximum: Int, wait: Int) async -> [Queue.Received] {
        do {
            return try await queue.receive(min(10, maximum), wait: wait)
        } catch {
            // The queue was deleted, or its journal cannot be written, which may be temporary.
            try? await Task.sleep(for: .seconds(1))
            return []
        }
    }

    private func process(_ payload: ByteBuffer, _ messages: [Queue.Received]) async {
        let result = await invoker.invoke(
            InvocationRequest(function: mapping.function, payload: payload, trigger: "SQS \(queue.name)")
        )
        switch result.outcome {
        case .response(let answer):
            await finish(messages, answer)
        case .throttled:
            // The messages are redelivered after their visibility timeout. Other ones would be throttled too.
            try? await Task.sleep(for: .seconds(1))
        case .functionError, .callerTimeout, .unknownFunction:
            break
        }
    }

    private func finish(_ messages: [Queue.Received], _ answer: ByteBuffer) async {
        var failed: Set<String> = []
        if mapping.reportsBatchItemFailures {
            switch BatchResponse(of: answer, messageIDs: Set(messages.map(\.message.id))) {
            case .failed(let ids):
                failed = ids
            case .invalid(let reason):
                let text = "\(mapping.function): \(reason), so the whole batch from \(queue.name) is redelivered."
                return activity.note(Notice(.warning, time: UnixTime.now.milliseconds, text: text))
            }
        }
        for message in messages where !failed.contains(message.message.id) {
            do {
                try await queue.delete(message.receiptHandle)
            } catch {
                let text =
                    "\(queue.name): message \(message.message.id) is redelivered: its visibility timeout ended before the function."
                activity.note(Notice(.warning, time: UnixTime.now.milliseconds, text: text))
            }
        }
    }
}
