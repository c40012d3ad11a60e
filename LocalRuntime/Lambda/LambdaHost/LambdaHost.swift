public import Activity
public import ChildProcesses
import EmulatorCore
import Glibc
public import NIOCore
import Synchronization

/// Runs Lambda functions as processes on this machine.
///
/// Processes start on demand, take one invocation at a time and are reused. Each has a Runtime API on a separate port,
/// because requests to that API do not identify the process that sends them.
public final class LambdaHost: FunctionInvoker, Sendable {
    let functions: [FunctionConfiguration]
    let options: Options
    let activity: ActivityRecorder
    let launcher: ProcessLauncher
    let eventLoopGroup: any EventLoopGroup
    private let indexes: [String: Int]
    private let lastInvocation = Atomic(0)
    let state: Mutex<State>
    let processors: ProcessorMeter

    struct State: Sendable {
        var dispatcher: Dispatcher<ProcessHandle, Invocation>
        /// One task per process, from before its start until after its end.
        var tasks: [Int: Task<Void, Never>] = [:]
        /// Functions whose last process exceeded the initialization limit. The limit of the next one is the function's
        /// timeout.
        var slowStarters: Set<Int> = []
        var idleTimer: RepeatedTask?
    }

    /// - Parameters:
    ///   - functions: Names and logical ids must be unique.
    ///   - developerEnvironment: The environment of this process, of which functions see `HOME`, `PATH` and `TMPDIR`.
    public init(
        functions: [FunctionConfiguration],
        options: Options = Options(),
        activity: ActivityRecorder,
        watchdog: Watchdog,
        eventLoopGroup: any EventLoopGroup,
        developerEnvironment: [String: String] = [:]
    ) {
        self.functions = functions
        self.options = options
        self.activity = activity
        self.eventLoopGroup = eventLoopGroup
        launcher = ProcessLauncher(options: options, watchdog: watchdog, developerEnvironment: developerEnvironment)
        var indexes: [String: Int] = [:]
        for (index, function) in functions.enumerated() {
            indexes[function.logicalID] = index
        }
        for (index, function) in functions.enumerated() {
            indexes[function.name] = index
        }
        self.indexes = indexes
        processors = ProcessorMeter(eventLoops: eventLoopGroup.makeIterator().reduce(0) { count, _ in count + 1 })
        state = Mutex(
            State(
                dispatcher: Dispatcher(
                    reservedConcurrency: functions.map(\.reservedConcurrency),
                    maximumProcesses: options.maximumProcesses,
                    startsAtOnce: Int(sysconf(CInt(_SC_NPROCESSORS_ONLN)))
                )
            )
        )
        scheduleIdleTimer()
    }

    /// The function of that name or logical id.
    public func function(named name: String) -> FunctionConfiguration? {
        indexes[name].map { functions[$0] }
    }

    // MARK: Invoking

    public func invoke(_ request: InvocationRequest) async -> InvocationResult {
        let requestID = request.requestID ?? RequestID.make()
        guard let index = indexes[request.function] else {
            return InvocationResult(requestID: requestID, outcome: .unknownFunction)
        }
        let time = UnixTime.now
        activity.began(
            InvocationRecord(
                id: requestID,
                function: functions[index].name,
                trigger: request.trigger,
                startedAt: time.milliseconds,
                event: request.payload.recordedText
            )
        )
        let version = functions[index].executable.resolve()
        return await withCheckedContinuation { continuation in
            let invocation = Invocation(
                id: lastInvocation.wrappingAdd(1, ordering: .relaxed).newValue,
                function: index,
                request: request,
                requestID: requestID,
                traceID: request.traceID ?? TraceID.makeSegment(at: time),
                callerDeadline: request.callerTimeout.map { .now() + .milliseconds(Int64($0)) },
                continuation: continuation
            )
            admit(invocation, version: version)
        }
    }

    private func admit(_ invocation: Invocation, version: ExecutableVersion?) {
        let decision: Dispatcher<ProcessHandle, Invocation>.Decision? = state.withLock { state in
            guard !state.dispatcher.isStopping else { return nil }
            return state.dispatcher.admit(invocation, to: invocation.function, version: version)
        }
        guard let decision else { return fail(invocation, with: .document(.shuttingDown())) }
        if decision.isThrottled {
            activity.update(invocation.requestID) { $0.status = .throttled }
            let reason = "ReservedFunctionConcurrentInvocationLimitExceeded"
            let result = InvocationResult(requestID: invocation.requestID, outcome: .throttled(reason: reason))
            return invocation.continuation.resume(returning: result)
        }
        execute(decision)
        if decision.delivery == nil { limitWait(of: invocation) }
    }

    /// Removes an invocation from the queue when its caller stops waiting.
    func limitWait(of invocation: Invocation) {
        guard let deadline = invocation.callerDeadline else { return }
        eventLoopGroup.next().scheduleTask(deadline: deadline) { [weak self] in
            guard let self else { return }
            let isWaiting = state.withLock { $0.dispatcher.cancel(invocation.id, of: invocation.function) }
            guard isWaiting else { return }
            activity.update(invocation.requestID) { $0.status = .timedOut }
            let result = InvocationResult(requestID: invocation.requestID, outcome: .callerTimeout)
            invocation.continuation.resume(returning: result)
        }
    }

    /// Fails an invocation that no process has.
    func fail(
        _ invocation: Invocation,
        with failure: FunctionFailure,
        status: InvocationRecord.Status = .failed,
        lines: [InvocationRecord.LogLine] = []
    ) {
        let document = failure.json(requestID: invocation.requestID)
        activity.update(invocation.requestID) { record in
            record.status = status
            record.response = document.recordedText
            record.logs.append(contentsOf: lines)
        }
        var tail = LogTail()
        if invocation.request.wantsLogTail { lines.forEach { tail.append($0.text) } }
        let outcome = InvocationResult.Outcome.functionError(document)
        invocation.continuation.resume(
            returning: InvocationResult(requestID: invocation.requestID, outcome: outcome, logTail: tail.last)
        )
    }

    // MARK: Stopping

    /// Stops every process and returns when all of them are gone. Invocations that have not ended by then fail.
    public func stop() async {
        let (waiting, processes, tasks) = state.withLock { state in
            state.idleTimer?.cancel()
            state.idleTimer = nil
            let (waiting, processes) = state.dispatcher.stop()
            return (waiting, processes, Array(state.tasks.values))
        }
        for invocation in waiting { fail(invocation, with: .document(.shuttingDown())) }
        for process in processes { process.execute { $0.stop() } }
        for task in tasks { await task.value }
    }

    private func scheduleIdleTimer() {
        let idleTimeout = Int64(options.idleTimeout)
        let interval = TimeAmount.seconds(max(1, idleTimeout / 10))
        let timer = eventLoopGroup.next().scheduleRepeatedTask(initialDelay: interval, delay: interval) {
            [weak self] task in
            guard let self else { return task.cancel() }
            let limit = NIODeadline.now() - .seconds(idleTimeout)
            let idle = state.withLock { $0.dispatcher.retireIdle(since: limit) }
            for process in idle { process.execute { $0.stop() } }
        }
        state.withLock { $0.idleTimer = timer }
    }
}
