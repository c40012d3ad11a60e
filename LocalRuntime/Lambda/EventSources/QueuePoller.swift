public import Activity
import EmulatorCore
public import LambdaHost
import NIOCore
public import SAMTemplate
public import SQS

/// An event source mapping: takes messages from a queue and gives them to a function, batch by batch.
///
/// What the function does not do stays in flight and comes again when its visibility timeout is over, as on AWS;
/// messages are deleted after the function returned, so that nothing is lost whenever this process ends.
/// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
public struct QueuePoller: Sendable {
    /// How many batches are under way where the mapping sets no maximum. AWS begins with five and goes up to 1,250; one
    /// machine has enough to do with these.
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

    /// Polls until the task is cancelled; batches that are under way then go on by themselves.
    public func run() async {
        // A message is taken only when somebody is free to work on it: its visibility timeout runs from then.
        while await semaphore.take() {
            let messages = await batch()
            guard !messages.isEmpty else {
                await semaphore.giveBack()
                if Task.isCancelled { return }
                continue
            }
            Task {
                for (payload, messages) in QueueEvent.events(of: messages, queueARN: queue.arn, region: region) {
                    await process(payload, messages)
                }
                await semaphore.giveBack()
            }
        }
    }

    /// Waits for a first message, and with a window for those that follow it.
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
            // The queue is gone or cannot be written; the latter may pass.
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
            // The messages come again after their visibility timeout; others would fare no better at once.
            try? await Task.sleep(for: .seconds(1))
        case .functionError, .callerTimeout, .unknownFunction:
            break
        }
    }

    private func finish(_ messages: [Queue.Received], _ answer: ByteBuffer) async {
        var failed: Set<String> = []
        if mapping.reportsBatchItemFailures {
            switch BatchVerdict(of: answer, messageIDs: Set(messages.map(\.message.id))) {
            case .failed(let ids):
                failed = ids
            case .unreadable(let reason):
                let text = "\(mapping.function): \(reason), so that the whole batch from \(queue.name) comes again."
                return activity.note(Notice(.warning, time: UnixTime.now.milliseconds, text: text))
            }
        }
        for message in messages where !failed.contains(message.message.id) {
            do {
                try await queue.delete(message.receiptHandle)
            } catch {
                let text =
                    "\(queue.name): message \(message.message.id) was done after its visibility timeout and comes again."
                activity.note(Notice(.warning, time: UnixTime.now.milliseconds, text: text))
            }
        }
    }
}
