public import Activity
import EmulatorCore
public import LambdaHost
import NIOCore
public import SAMTemplate
public import SQS
import Synchronization

/// Runs asynchronous invocations: events from storage and schedules, and Invoke with type `Event`.
///
/// An event is stored in a durable queue before it is accepted, so it survives the end of this process. An invocation
/// that fails is retried with the same request id, twice by default. A throttled one is retried until it runs or its
/// event is too old. Once a failed event is no longer retried, it goes to the dead-letter queue and the failure
/// destination of the function.
///
/// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
public final class AsynchronousInvoker: EventAcceptor, Sendable {
    /// How many events are processed at the same time; the others wait in the queue.
    private static let concurrency = 256
    /// Seconds; longer than the maximum age of an event.
    private static let visibilityTimeout = 43_200
    /// The maximum age of an event and therefore of a delay between two attempts, in seconds. An event that is hidden for
    /// longer is being processed.
    private static let longestPause = 21_600

    private let queue: Queue
    private let functions: [String: FunctionResource]
    private let invoker: any FunctionInvoker
    private let retryDelays: [Int]
    private let queues: QueueService
    private let activity: ActivityRecorder
    private let now: @Sendable () -> Int64
    private let semaphore = AsyncSemaphore(concurrency)
    private let isStopping = Atomic<Bool>(false)

    /// - Parameters:
    ///   - queue: The event queue, for the exclusive use of this invoker.
    ///   - retryDelays: Seconds before each retry; the last entry applies to all further ones.
    ///   - now: The time in milliseconds since the epoch.
    public init(
        queue: Queue,
        functions: [FunctionResource],
        invoker: any FunctionInvoker,
        retryDelays: [Int],
        queues: QueueService,
        activity: ActivityRecorder,
        now: @escaping @Sendable () -> Int64
    ) {
        self.queue = queue
        self.functions = Dictionary(functions.map { ($0.name, $0) }) { first, _ in first }
        self.invoker = invoker
        self.retryDelays = retryDelays
        self.queues = queues
        self.activity = activity
        self.now = now
    }

    public func accept(_ request: InvocationRequest) async throws -> String {
        let requestID = request.requestID ?? RequestID.make()
        try await queue.send([PendingInvocation(request, requestID: requestID).draft])
        return requestID
    }

    func hasFunction(_ arn: String) -> Bool { functions.values.contains { $0.arn == arn } }

    /// Accepts an event for the function with an ARN; false if it does not exist.
    func accept(_ payload: ByteBuffer, forFunction arn: String, trigger: String) async throws -> Bool {
        guard let function = functions.values.first(where: { $0.arn == arn }) else { return false }
        _ = try await accept(InvocationRequest(function: function.name, payload: payload, trigger: trigger))
        return true
    }

    /// Processes events until the task is cancelled. Running invocations are completed; an event that fails after that
    /// stays in the queue.
    public func run() async {
        do {
            try await queue.releaseInFlight(hiddenBeyond: Self.longestPause)
        } catch {
            note("Events of the last run that were being processed are delayed: \(error)")
        }
        while await semaphore.acquire() {
            guard let message = await next() else {
                await semaphore.release()
                if Task.isCancelled { break }
                continue
            }
            Task {
                await attempt(message)
                await semaphore.release()
            }
        }
        isStopping.store(true, ordering: .releasing)
    }

    private func next() async -> Queue.Received? {
        do {
            return try await queue.receive(1, wait: 20, visibilityTimeout: Self.visibilityTimeout).first
        } catch {
            // The journal cannot be written, which may be temporary.
            try? await Task.sleep(for: .seconds(1))
            return nil
        }
    }

    // MARK: One attempt

    private func attempt(_ message: Queue.Received) async {
        guard let pending = PendingInvocation(message.message), let function = functions[pending.request.function]
        else {
            note("An event was dropped: its function is no longer in the template")
            return await delete(message)
        }
        let settings = function.asynchronous
        let expiry = message.message.sentAt + Int64(settings.maximumEventAge) * 1_000
        var record = DestinationRecord(
            condition: .success,
            requestID: pending.requestID,
            functionARN: function.arn,
            attempts: message.stored.receiveCount - 1,
            event: pending.request.payload
        )
        guard now() < expiry else {
            record.condition = .eventAgeExceeded
            return await end(message, record, settings, pending)
        }
        let result = await invoker.invoke(pending.request)
        switch result.outcome {
        case .response(let answer):
            record.attempts += 1
            record.answer = answer
            await end(message, record, settings, pending)
        case .unknownFunction:
            await delete(message)
        case .throttled:
            await throttled(message, record, settings, pending, expiry: expiry)
        case .functionError(let document):
            record.answer = document
            await failed(message, record, settings, pending, expiry: expiry)
        case .callerTimeout:
            await failed(message, record, settings, pending, expiry: expiry)
        }
    }

    /// Retries with increasing delays. A throttled invocation does not count as an attempt.
    private func throttled(
        _ message: Queue.Received,
        _ record: DestinationRecord,
        _ settings: AsynchronousSettings,
        _ pending: PendingInvocation,
        expiry: Int64
    ) async {
        let age = now() - message.message.sentAt
        let pause = min(max(Int(age / 2_000), 1), 60)
        guard now() + Int64(pause) * 1_000 < expiry else {
            var record = record
            record.condition = .eventAgeExceeded
            return await end(message, record, settings, pending)
        }
        do {
            try await queue.putBack(message.receiptHandle, for: pause)
        } catch {
            note("An event of \(pending.request.function) is not retried: \(error)")
        }
    }

    private func failed(
        _ message: Queue.Received,
        _ record: DestinationRecord,
        _ settings: AsynchronousSettings,
        _ pending: PendingInvocation,
        expiry: Int64
    ) async {
        // Functions that are stopped fail. The event stays in the queue for the next run.
        guard !isStopping.load(ordering: .acquiring) else { return }
        var record = record
        record.attempts += 1
        let delay = retryDelays.isEmpty ? 0 : retryDelays[min(record.attempts, retryDelays.count) - 1]
        if record.attempts > settings.maximumRetryAttempts {
            record.condition = .retriesExhausted
        } else if now() + Int64(delay) * 1_000 >= expiry {
            record.condition = .eventAgeExceeded
        } else {
            do {
                return try await queue.changeVisibility(message.receiptHandle, timeout: delay)
            } catch {
                return note("An event of \(pending.request.function) is not retried: \(error)")
            }
        }
        await end(message, record, settings, pending)
    }

    /// Sends the record to the destinations of the function, and deletes the event.
    private func end(
        _ message: Queue.Received,
        _ record: DestinationRecord,
        _ settings: AsynchronousSettings,
        _ pending: PendingInvocation
    ) async {
        if record.condition != .success, let target = settings.deadLetterTarget {
            var draft = Queue.Draft(body: String(buffer: record.event))
            draft.attributes = [
                MessageAttribute(name: "RequestID", dataType: "String", value: .text(record.requestID)),
                MessageAttribute(name: "ErrorCode", dataType: "Number", value: .text("200")),
                MessageAttribute(name: "ErrorMessage", dataType: "String", value: .text(record.errorMessage)),
            ]
            await send(draft, to: target)
        }
        if let target = record.condition == .success ? settings.onSuccess : settings.onFailure {
            let payload = record.json(at: now())
            if target.contains(":function:") {
                await invoke(target, with: payload, after: pending)
            } else {
                await send(Queue.Draft(body: String(buffer: payload)), to: target)
            }
        }
        await delete(message)
    }

    private func send(_ draft: Queue.Draft, to arn: String) async {
        guard let queue = queues.queue(arn: arn), !queue.name.hasSuffix(".fifo") else {
            return note("\(arn) is not a standard queue; the record of an invocation was not sent.")
        }
        do {
            try await queue.send([draft])
        } catch {
            note("The record of an invocation cannot be sent to \(queue.name): \(error)")
        }
    }

    private func invoke(_ arn: String, with payload: ByteBuffer, after pending: PendingInvocation) async {
        let trigger = "Destination of \(pending.request.function)"
        guard (try? await accept(payload, forFunction: arn, trigger: trigger)) == true else {
            return note("The record of an invocation cannot be sent to \(arn).")
        }
    }

    private func delete(_ message: Queue.Received) async {
        do {
            try await queue.delete(message.receiptHandle)
        } catch {
            note("An event that was processed cannot be deleted and will be processed again: \(error)")
        }
    }

    private func note(_ text: String) {
        activity.note(Notice(.warning, time: now(), text: text))
    }
}
