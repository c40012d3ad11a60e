public import Activity
public import ChildProcesses
import EmulatorCore
import Glibc
public import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// Runs Lambda functions as processes on this machine.
///
/// Each process has a Runtime API on a port of its own, because that API has no way to say who is asking. Processes
/// start when they are needed, take one invocation at a time and stay for the next.
public final class LambdaHost: FunctionInvoker, Sendable {
    let functions: [FunctionConfiguration]
    let options: Options
    let activity: ActivityRecorder
    private let watchdog: Watchdog
    private let eventLoopGroup: any EventLoopGroup
    private let indexes: [String: Int]
    private let developerEnvironment: [String: String]
    private let lastInvocation = Atomic(0)
    private let state: Mutex<State>

    private struct State: Sendable {
        var dispatcher: Dispatcher<ProcessHandle, Invocation>
        /// One task a process, from before its start to after its end.
        var tasks: [Int: Task<Void, Never>] = [:]
        /// Functions whose last process did not get ready in time; the next has the function's own timeout to do so.
        var slowStarters: Set<Int> = []
        var idleTimer: RepeatedTask?
    }

    /// - Parameters:
    ///   - functions: Names and logical ids must be unique.
    ///   - developerEnvironment: Where the variables that ``Options/passthrough`` names come from.
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
        self.watchdog = watchdog
        self.eventLoopGroup = eventLoopGroup
        self.developerEnvironment = developerEnvironment
        var indexes: [String: Int] = [:]
        for (index, function) in functions.enumerated() {
            indexes[function.logicalID] = index
        }
        for (index, function) in functions.enumerated() {
            indexes[function.name] = index
        }
        self.indexes = indexes
        state = Mutex(
            State(
                dispatcher: Dispatcher(
                    reservedConcurrency: functions.map(\.reservedConcurrency),
                    maximumProcesses: options.maximumProcesses,
                    startsAtOnce: Int(sysconf(CInt(_SC_NPROCESSORS_ONLN)))
                )
            )
        )
        watchIdleProcesses()
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
        guard let decision else { return fail(invocation, with: .shuttingDown()) }
        if decision.isThrottled {
            activity.update(invocation.requestID) { $0.status = .throttled }
            let reason = "ReservedFunctionConcurrentInvocationLimitExceeded"
            let result = InvocationResult(requestID: invocation.requestID, outcome: .throttled(reason: reason))
            return invocation.continuation.resume(returning: result)
        }
        carryOut(decision)
        if decision.delivery == nil { limitWait(of: invocation) }
    }

    /// Lets a caller go that has waited in line for as long as it wants to.
    private func limitWait(of invocation: Invocation) {
        guard let deadline = invocation.callerDeadline else { return }
        eventLoopGroup.next().scheduleTask(deadline: deadline) { [weak self] in
            guard let self else { return }
            let isWaiting = state.withLock { $0.dispatcher.giveUp(invocation.id, of: invocation.function) }
            guard isWaiting else { return }
            activity.update(invocation.requestID) { $0.status = .timedOut }
            let result = InvocationResult(requestID: invocation.requestID, outcome: .callerTimeout)
            invocation.continuation.resume(returning: result)
        }
    }

    private func fail(
        _ invocation: Invocation,
        with document: ErrorDocument,
        status: InvocationRecord.Status = .failed,
        lines: [InvocationRecord.LogLine] = []
    ) {
        fail(invocation, with: document.json(requestID: invocation.requestID), status: status, lines: lines)
    }

    private func fail(
        _ invocation: Invocation,
        with document: ByteBuffer,
        status: InvocationRecord.Status = .failed,
        lines: [InvocationRecord.LogLine]
    ) {
        activity.update(invocation.requestID) { record in
            record.status = status
            record.response = document.recordedText
            record.logs.append(contentsOf: lines)
        }
        var tail = LogTail()
        if invocation.request.wantsLogTail { lines.forEach { tail.append($0.text) } }
        invocation.continuation.resume(
            returning: InvocationResult(
                requestID: invocation.requestID,
                outcome: .functionError(document),
                logTail: tail.last
            )
        )
    }

    // MARK: What processes tell

    func ready(_ process: FunctionProcess) {
        carryOut(
            state.withLock { state in
                state.slowStarters.remove(process.functionIndex)
                return state.dispatcher.ready(process.id, at: .now())
            }
        )
    }

    func answered(_ process: FunctionProcess) {
        state.withLock { $0.dispatcher.answered(process.id) }
    }

    func ended(_ process: FunctionProcess, undelivered: Invocation?) {
        carryOut(state.withLock { $0.dispatcher.ended(process.id, undelivered: undelivered) })
    }

    func readmit(_ invocation: Invocation) {
        let decision: Dispatcher<ProcessHandle, Invocation>.Decision? = state.withLock { state in
            guard !state.dispatcher.isStopping else { return nil }
            return state.dispatcher.readmit(invocation, to: invocation.function)
        }
        guard let decision else { return fail(invocation, with: .shuttingDown()) }
        carryOut(decision)
        if decision.delivery == nil { limitWait(of: invocation) }
    }

    func failedToStart(_ process: FunctionProcess, _ document: ErrorDocument, lines: [InvocationRecord.LogLine]) {
        note("\(process.function.name) does not start: \(document.message)")
        failFirst(process) { fail($0, with: document, lines: lines) }
    }

    func failedToInitialize(
        _ process: FunctionProcess,
        lines: [InvocationRecord.LogLine],
        document: (_ requestID: String) -> ByteBuffer
    ) {
        note("\(process.function.name) failed to initialize: \(document("").recordedText)")
        failFirst(process) { fail($0, with: document($0.requestID), lines: lines) }
    }

    /// As on AWS the first process that takes too long costs only time; a second one, which has no more than the
    /// function's timeout, costs the invocation as well.
    func initializationTimedOut(
        _ process: FunctionProcess,
        _ document: ErrorDocument,
        lines: [InvocationRecord.LogLine]
    ) {
        let isFirst = state.withLock { $0.slowStarters.insert(process.functionIndex).inserted }
        if isFirst { return carryOut(state.withLock { $0.dispatcher.ended(process.id) }) }
        state.withLock { _ = $0.slowStarters.remove(process.functionIndex) }
        failFirst(process) { fail($0, with: document, status: .timedOut, lines: lines) }
    }

    private func failFirst(_ process: FunctionProcess, _ fail: (Invocation) -> Void) {
        let (victim, decision) = state.withLock { $0.dispatcher.failedToStart(process.id) }
        if let victim { fail(victim) }
        carryOut(decision)
    }

    private func note(_ text: String) {
        activity.note(Notice(.error, time: UnixTime.now.milliseconds, text: text))
    }

    // MARK: Decisions

    private func carryOut(_ decision: Dispatcher<ProcessHandle, Invocation>.Decision) {
        if let (invocation, _, process) = decision.delivery {
            process.execute { $0.deliver(invocation) }
        }
        for process in decision.retired { process.execute { $0.terminate() } }
        for start in decision.starts { launch(start) }
        for function in decision.rechecks {
            eventLoopGroup.next().scheduleTask(in: .milliseconds(10)) { [weak self] in
                guard let self else { return }
                carryOut(state.withLock { $0.dispatcher.recheck(function) })
            }
        }
    }

    private func launch(_ start: Dispatcher<ProcessHandle, Invocation>.Decision.Start) {
        state.withLock { state in
            guard !state.dispatcher.isStopping else { return }
            let isSlow = state.slowStarters.contains(start.function)
            let limit = isSlow ? functions[start.function].timeout : options.initializationLimit
            state.tasks[start.processID] = Task {
                await run(start, initializationLimit: limit)
                self.state.withLock { _ = $0.tasks.removeValue(forKey: start.processID) }
            }
        }
    }

    /// One process from before its start to after its end.
    private func run(
        _ start: Dispatcher<ProcessHandle, Invocation>.Decision.Start,
        initializationLimit: Int
    ) async {
        let eventLoop = eventLoopGroup.next()
        let handle: ProcessHandle
        do {
            handle = try await eventLoop.submit {
                ProcessHandle(
                    FunctionProcess(
                        id: start.processID,
                        function: start.function,
                        initializationLimit: initializationLimit,
                        host: self,
                        eventLoop: eventLoop
                    )
                )
            }.get()
        } catch {
            return
        }
        guard state.withLock({ $0.dispatcher.attach(handle, as: start.processID) }) else { return }
        let function = functions[start.function]
        guard let executable = start.version ?? function.executable.resolve() else {
            let document = ErrorDocument.noExecutable(tried: function.executable.candidates)
            return handle.execute { $0.failedToStart(document) }
        }
        do {
            let listener = try await RuntimeAPIServer.bind(for: handle)
            guard let pipe = ProcessOutput.makePipe(), let port = listener.localAddress?.port else {
                listener.close(promise: nil)
                throw IOError(errnoCode: errno, reason: "pipe")
            }
            try await eventLoop.submit { handle.onLoop.begin(listener: listener, output: pipe.read) }.get()
            let child = ChildProcess(
                executable: executable.path,
                environment: FunctionEnvironment(
                    of: function,
                    options: options,
                    runtimeAPI: "127.0.0.1:\(port)",
                    logStream: FunctionEnvironment.logStream(at: .now),
                    developer: developerEnvironment
                ).variables,
                workingDirectory: function.taskRoot
            )
            let exit = try await child.run(output: pipe.write, watchdog: watchdog) { processID in
                handle.execute { $0.began(processID: processID) }
            }
            try? await eventLoop.submit { handle.onLoop.ended(exit) }.get()
        } catch let error as ChildProcessError {
            handle.execute { $0.failedToStart(.cannotStart(error)) }
        } catch {
            let document = ErrorDocument(type: "Sandbox.Failure", message: String(describing: error))
            handle.execute { $0.failedToStart(document) }
        }
    }

    // MARK: The end

    /// Stops every process and waits for it to be gone. What still runs fails.
    public func stop() async {
        let (waiting, processes, tasks) = state.withLock { state in
            state.idleTimer?.cancel()
            state.idleTimer = nil
            let (waiting, processes) = state.dispatcher.stop()
            return (waiting, processes, Array(state.tasks.values))
        }
        for invocation in waiting { fail(invocation, with: .shuttingDown()) }
        for process in processes { process.execute { $0.terminate() } }
        for task in tasks { await task.value }
    }

    private func watchIdleProcesses() {
        let idleTimeout = Int64(options.idleTimeout)
        let interval = TimeAmount.seconds(max(1, idleTimeout / 10))
        let timer = eventLoopGroup.next().scheduleRepeatedTask(initialDelay: interval, delay: interval) {
            [weak self] task in
            guard let self else { return task.cancel() }
            let limit = NIODeadline.now() - .seconds(idleTimeout)
            let idle = state.withLock { $0.dispatcher.retireIdle(since: limit) }
            for process in idle { process.execute { $0.terminate() } }
        }
        state.withLock { $0.idleTimer = timer }
    }
}
