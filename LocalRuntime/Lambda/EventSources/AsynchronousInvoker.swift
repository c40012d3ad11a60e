public import Activity
import EmulatorCore
public import LambdaHost
import NIOCore
public import SAMTemplate
public import SQS
import Synchronization

/// Invocations that nobody waits for: events from storage and schedules, and Invoke with type `Event`.
///
/// An event is kept in a queue of its own before it is accepted, and survives the end of this process. A function that
/// fails is tried again with the same request id, twice unless its settings say otherwise; one that is throttled, until
/// there is room or the event is too old. What fails for good goes to the function's dead-letter queue and its
/// destination.
/// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
public final class AsynchronousInvoker: EventAcceptor, Sendable {
    /// How many events are worked on at the same time; the rest waits on disk.
    private static let concurrency = 256
    /// Longer than any event may get old.
    private static let visibilityTimeout = 43_200
    /// Between two attempts, in seconds: an event is not kept for longer. What is hidden for more is being worked on.
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
    ///   - queue: Nobody else's.
    ///   - retryDelays: Seconds before each repetition; the last counts for those after it.
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

    /// Accepts an event for the function of an ARN; false if there is no such function.
    func accept(_ payload: ByteBuffer, forFunction arn: String, trigger: String) async throws -> Bool {
        guard let function = functions.values.first(where: { $0.arn == arn }) else { return false }
        _ = try await accept(InvocationRequest(function: function.name, payload: payload, trigger: trigger))
        return true
    }

    /// Works until the task is cancelled. What is under way then goes on by itself, and what fails then is kept.
    public func run() async {
        do {
            try await queue.releaseInFlight(hiddenBeyond: Self.longestPause)
        } catch {
            note("Events that were under way are kept and wait: \(error)")
        }
        while await semaphore.take() {
            guard let message = await next() else {
                await semaphore.giveBack()
                if Task.isCancelled { break }
                continue
            }
            Task {
                await attempt(message)
                await semaphore.giveBack()
            }
        }
        isStopping.store(true, ordering: .releasing)
    }

    private func next() async -> Queue.Received? {
        do {
            return try await queue.receive(1, wait: 20, visibilityTimeout: Self.visibilityTimeout).first
        } catch {
            // The journal cannot be written, which may pass.
            try? await Task.sleep(for: .seconds(1))
            return nil
        }
    }

    // MARK: One attempt

    private func attempt(_ message: Queue.Received) async {
        guard let pending = PendingInvocation(message.message), let function = functions[pending.request.function]
        else {
            note("An event is dropped: its function is no longer in the template")
            return await delete(message)
        }
        let settings = function.asynchronous
        let expiry = message.message.sentAt + Int64(settings.maximumEventAge) * 1_000
        var report = DestinationRecord(
            condition: .success,
            requestID: pending.requestID,
            functionARN: function.arn,
            attempts: message.stored.receiveCount - 1,
            event: pending.request.payload
        )
        // An event that waited for longer than it may is not tried any more.
        guard now() < expiry else {
            report.condition = .eventAgeExceeded
            return await end(message, report, settings, pending)
        }
        let result = await invoker.invoke(pending.request)
        switch result.outcome {
        case .response(let answer):
            report.attempts += 1
            report.answer = answer
            await end(message, report, settings, pending)
        case .unknownFunction:
            await delete(message)
        case .throttled:
            await throttled(message, report, settings, pending, expiry: expiry)
        case .functionError(let document):
            report.answer = document
            await failed(message, report, settings, pending, expiry: expiry)
        case .callerTimeout:
            await failed(message, report, settings, pending, expiry: expiry)
        }
    }

    /// Tries again later, ever more seldom; this counts as no attempt.
    private func throttled(
        _ message: Queue.Received,
        _ report: DestinationRecord,
        _ settings: AsynchronousSettings,
        _ pending: PendingInvocation,
        expiry: Int64
    ) async {
        let age = now() - message.message.sentAt
        let pause = min(max(Int(age / 2_000), 1), 60)
        guard now() + Int64(pause) * 1_000 < expiry else {
            var report = report
            report.condition = .eventAgeExceeded
            return await end(message, report, settings, pending)
        }
        do {
            try await queue.putBack(message.receiptHandle, for: pause)
        } catch {
            note("An event of \(pending.request.function) is not tried again: \(error)")
        }
    }

    private func failed(
        _ message: Queue.Received,
        _ report: DestinationRecord,
        _ settings: AsynchronousSettings,
        _ pending: PendingInvocation,
        expiry: Int64
    ) async {
        // Functions that are stopped fail; the event is tried again when the runtime is there again.
        guard !isStopping.load(ordering: .acquiring) else { return }
        var report = report
        report.attempts += 1
        let delay = retryDelays.isEmpty ? 0 : retryDelays[min(report.attempts, retryDelays.count) - 1]
        if report.attempts > settings.maximumRetryAttempts {
            report.condition = .retriesExhausted
        } else if now() + Int64(delay) * 1_000 >= expiry {
            report.condition = .eventAgeExceeded
        } else {
            do {
                return try await queue.changeVisibility(message.receiptHandle, timeout: delay)
            } catch {
                return note("An event of \(pending.request.function) is not tried again: \(error)")
            }
        }
        await end(message, report, settings, pending)
    }

    /// Tells whoever wants to know, and lets go of the event.
    private func end(
        _ message: Queue.Received,
        _ report: DestinationRecord,
        _ settings: AsynchronousSettings,
        _ pending: PendingInvocation
    ) async {
        if report.condition != .success, let target = settings.deadLetterTarget {
            var draft = Queue.Draft(body: String(buffer: report.event))
            draft.attributes = [
                MessageAttribute(name: "RequestID", dataType: "String", value: .text(report.requestID)),
                MessageAttribute(name: "ErrorCode", dataType: "Number", value: .text("200")),
                MessageAttribute(name: "ErrorMessage", dataType: "String", value: .text(report.errorMessage)),
            ]
            await send(draft, to: target)
        }
        if let target = report.condition == .success ? settings.onSuccess : settings.onFailure {
            let record = report.json(at: now())
            if target.contains(":function:") {
                await invoke(target, with: record, after: pending)
            } else {
                await send(Queue.Draft(body: String(buffer: record)), to: target)
            }
        }
        await delete(message)
    }

    private func send(_ draft: Queue.Draft, to arn: String) async {
        guard let queue = queues.queue(arn: arn), !queue.name.hasSuffix(".fifo") else {
            return note("\(arn) is no standard queue, so that nothing is sent there.")
        }
        do {
            try await queue.send([draft])
        } catch {
            note("\(queue.name) does not take the record of an invocation: \(error)")
        }
    }

    private func invoke(_ arn: String, with record: ByteBuffer, after pending: PendingInvocation) async {
        let trigger = "Destination of \(pending.request.function)"
        guard (try? await accept(record, forFunction: arn, trigger: trigger)) == true else {
            return note("\(arn) does not take the record of an invocation.")
        }
    }

    private func delete(_ message: Queue.Received) async {
        do {
            try await queue.delete(message.receiptHandle)
        } catch {
            note("An event that was worked on comes again: \(error)")
        }
    }

    private func note(_ text: String) {
        activity.note(Notice(.warning, time: now(), text: text))
    }
}
