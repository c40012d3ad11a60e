import Activity
import ChildProcesses
import EmulatorCore
import NIOCore

/// One process of a function with its Runtime API: executes what ``FunctionProcessState`` decides.
///
/// Everything here happens on one event loop.
final class FunctionProcess {
    typealias State = FunctionProcessState<Invocation>

    let id: Int
    let functionIndex: Int
    let function: FunctionConfiguration
    let eventLoop: any EventLoop
    private let terminationGrace: TimeAmount
    private let activity: ActivityRecorder
    private let notify: (FunctionProcess, FunctionProcessEvent<Invocation>) -> Void

    private var state: State
    private(set) var log: ProcessLog
    private var output: ProcessOutput?
    private var processID: Int32?
    private var listener: (any Channel)?
    private var connections: [ObjectIdentifier: (handler: RuntimeAPIHandler, channel: any Channel)] = [:]
    private var hasReportedRefusal = false
    /// The connection with the open `next` request.
    private var parked: RuntimeAPIHandler?
    private var timer: (deadline: NIODeadline, task: Scheduled<Void>)?

    /// - Parameters:
    ///   - initializationLimit: Seconds until the process must ask for its first event.
    ///   - notify: Called on the event loop.
    init(
        id: Int,
        functionIndex: Int,
        initializationLimit: Int,
        host: LambdaHost,
        eventLoop: any EventLoop,
        notify: @escaping (FunctionProcess, FunctionProcessEvent<Invocation>) -> Void
    ) {
        self.id = id
        self.functionIndex = functionIndex
        self.function = host.functions[functionIndex]
        self.eventLoop = eventLoop
        self.notify = notify
        terminationGrace = .seconds(Int64(host.options.terminationGrace))
        activity = host.activity
        state = State(timeout: function.timeout, initializationLimit: initializationLimit, at: .now())
        log = ProcessLog(of: function, activity: host.activity, output: host.options.output)
    }

    // MARK: The process

    /// The process is about to be started; its output will come through the pipe.
    func prepare(listener: any Channel, output descriptor: CInt) {
        self.listener = listener
        let output = ProcessOutput(descriptor: descriptor) { [unowned self] lines in log.append(lines) }
        self.output = output
        output.start(on: eventLoop)
    }

    func spawned(_ processID: Int32) {
        self.processID = processID
        for connection in connections.values { decide(on: connection.handler, connection.channel, processID) }
        execute(state.spawned(processID))
    }

    func stop() {
        execute(state.stop())
    }

    /// The process is gone, or could not be started.
    func ended(_ document: ErrorDocument) {
        output?.close()
        execute(state.ended(document, at: .now()))
    }

    func deliver(_ invocation: Invocation) {
        execute(state.deliver(invocation, at: .now()))
    }

    // MARK: Requests to the Runtime API

    /// A connection was accepted. It waits until the process is known, because only that process may use it.
    func connected(_ connection: RuntimeAPIHandler, _ channel: any Channel) {
        connections[ObjectIdentifier(connection)] = (connection, channel)
        if let processID { decide(on: connection, channel, processID) }
    }

    private func decide(on connection: RuntimeAPIHandler, _ channel: any Channel, _ processID: Int32) {
        guard let reason = RuntimeAPIAccess.refusal(of: channel, to: processID) else { return connection.admit() }
        connection.turnAway(reason)
        // Once, because strangers can repeat it.
        guard !hasReportedRefusal else { return }
        hasReportedRefusal = true
        let text = "The Runtime API of \(function.name) refused a connection: \(reason)."
        activity.note(Notice(.warning, time: UnixTime.now.milliseconds, text: text))
        log.append(ErrorDocument(type: "Runtime.AccessDenied", message: text), requestID: nil)
    }

    /// Whether the `next` request of this connection is open.
    func hasParked(_ connection: RuntimeAPIHandler) -> Bool { parked === connection }

    func disconnected(_ connection: RuntimeAPIHandler) {
        connections[ObjectIdentifier(connection)] = nil
        guard parked === connection else { return }
        parked = nil
        state.parkedConnectionClosed()
    }

    func next(_ connection: RuntimeAPIHandler) {
        execute(state.next(at: .now()), for: connection)
    }

    /// - Parameter body: Nil if it was too large to read.
    func respond(to requestID: Substring, body: ByteBuffer?, from connection: RuntimeAPIHandler) {
        execute(state.respond(to: requestID, with: body), for: connection)
    }

    /// - Parameter failure: Nil if it was too large to read.
    func fail(_ requestID: Substring, with failure: FunctionFailure?, from connection: RuntimeAPIHandler) {
        execute(state.fail(requestID, with: failure), for: connection)
    }

    func failInitialization(with failure: FunctionFailure, from connection: RuntimeAPIHandler) {
        execute(state.failInitialization(with: failure), for: connection)
    }

    // MARK: Actions

    /// - Parameter connection: The connection whose request led to the actions.
    private func execute(_ actions: [State.Action], for connection: RuntimeAPIHandler? = nil) {
        for action in actions { execute(action, for: connection) }
    }

    private func execute(_ action: State.Action, for connection: RuntimeAPIHandler?) {
        switch action {
        case .park: parked = connection
        case .resend(let invocation, let deadline): send(invocation, deadline: deadline, to: connection)
        case .accept: connection?.accept()
        case .refuse(let refusal): connection?.refuse(refusal)
        case .refuseTooLarge: connection?.refuseTooLarge()
        case .begin(let invocation): log.begin(invocation)
        case .handOver(let invocation, let deadline):
            let connection = parked
            parked = nil
            send(invocation, deadline: deadline, to: connection)
        case .releaseCaller(let invocation):
            let result = InvocationResult(requestID: invocation.requestID, outcome: .callerTimeout)
            invocation.continuation.resume(returning: result)
        case .finish(let completion): finish(completion)
        case .logFailure(let document, let requestID): log.append(document, requestID: requestID)
        case .afterOutput(let step): afterOutput(step, for: connection)
        case .flushOutput: output?.flush()
        case .closeOutput: output?.close()
        case .scheduleWake(let deadline): scheduleWake(deadline)
        case .scheduleKill: scheduleKill()
        case .signal(let signal, let group): ChildProcess.send(signal, toGroup: group)
        case .close: close()
        case .notify(let event): notify(self, event)
        }
    }

    private func send(_ invocation: Invocation, deadline: NIODeadline, to connection: RuntimeAPIHandler?) {
        let remaining = (deadline - .now()).nanoseconds / 1_000_000
        connection?.send(invocation, arn: function.arn, deadline: UnixTime.now.milliseconds + remaining)
    }

    private func afterOutput(_ step: State.OutputStep, for connection: RuntimeAPIHandler?) {
        guard let output else { return execute(state.outputRead(step, at: .now()), for: connection) }
        output.whenRead { [unowned self] in execute(state.outputRead(step, at: .now()), for: connection) }
    }

    private func finish(_ completion: State.Completion) {
        let invocation = completion.work
        let report = ReportLogLine(
            requestID: invocation.requestID,
            duration: completion.duration.milliseconds,
            initDuration: completion.initDuration?.milliseconds,
            memorySize: function.memorySize,
            processID: processID
        )
        let (status, outcome) = completion.outcome.recorded(requestID: invocation.requestID)
        activity.update(invocation.requestID) { record in
            record.status = status
            record.duration = report.duration
            record.initDuration = report.initDuration
            record.processID = report.processID
            record.response = outcome.recordedText
        }
        guard completion.isAwaited else { return }
        let tail = invocation.request.wantsLogTail ? log.end(with: report) : []
        // Last, so that the record is complete when the caller continues.
        invocation.continuation.resume(
            returning: InvocationResult(requestID: invocation.requestID, outcome: outcome, logTail: tail)
        )
    }

    /// A timer that fires early enough is kept: most invocations end long before it would have to move.
    private func scheduleWake(_ deadline: NIODeadline) {
        if let timer, timer.deadline <= deadline { return }
        timer?.task.cancel()
        let task = eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [weak self] in
            guard let self else { return }
            timer = nil
            execute(state.wake(at: .now()))
        }
        timer = (deadline, task)
    }

    /// A host that stops waits for its processes, so this one still exists when the task runs.
    private func scheduleKill() {
        eventLoop.assumeIsolated().scheduleTask(in: terminationGrace) { self.execute(self.state.graceElapsed()) }
    }

    private func close() {
        timer?.task.cancel()
        timer = nil
        listener?.close(promise: nil)
        for connection in connections.values { connection.handler.close() }
        connections.removeAll()
        parked = nil
    }
}

extension FunctionProcessState.Completion.Outcome {
    fileprivate func recorded(requestID: String) -> (InvocationRecord.Status, InvocationResult.Outcome) {
        switch self {
        case .succeeded(let body): (.succeeded, .response(body))
        case .failed(let failure): (.failed, .functionError(failure.json(requestID: requestID)))
        case .timedOut(let document): (.timedOut, .functionError(document.json(requestID: requestID)))
        }
    }
}

extension TimeAmount {
    fileprivate var milliseconds: Double { Double(nanoseconds) / 1_000_000 }
}
