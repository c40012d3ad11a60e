import Activity
import ChildProcesses
import EmulatorCore
import Glibc
import NIOCore

/// One process of a function, seen from its Runtime API: everything here happens on one event loop.
final class FunctionProcess {
    let id: Int
    let functionIndex: Int
    let function: FunctionConfiguration
    let eventLoop: any EventLoop
    private let host: LambdaHost
    /// When the process was started, as far as known.
    private var started = NIODeadline.now()
    /// Seconds that it may take until it asks for its first event.
    private let initializationLimit: Int

    private var api = RuntimeAPI()
    /// The connection on which the process waits for an event.
    private var parked: RuntimeAPIHandler?
    private var running: RunningInvocation?
    private var output: ProcessOutput?
    private var connections: [ObjectIdentifier: any Channel] = [:]
    private var listener: (any Channel)?
    private var timer: (deadline: NIODeadline, task: Scheduled<Void>)?
    /// Milliseconds; told with the first invocation, then nil.
    private var initDuration: Double?
    /// What it logged before its first event.
    private var initLines: [InvocationRecord.LogLine] = []
    /// The group's id as well.
    private var processID: Int32?
    /// The host counts on it no more: it is being ended, or has ended.
    private var isGivenUp = false
    private var hasEnded = false
    private var pendingSignal: Int32?

    init(id: Int, function index: Int, initializationLimit: Int, host: LambdaHost, eventLoop: any EventLoop) {
        self.id = id
        self.functionIndex = index
        self.function = host.functions[index]
        self.initializationLimit = initializationLimit
        self.host = host
        self.eventLoop = eventLoop
    }

    // MARK: Life

    /// The process is about to be started; its output will come through the pipe.
    func begin(listener: any Channel, output descriptor: CInt) {
        self.listener = listener
        let output = ProcessOutput(descriptor: descriptor) { [unowned self] lines in logged(lines) }
        self.output = output
        output.start(on: eventLoop)
        started = .now()
    }

    func began(processID: Int32) {
        self.processID = processID
        if api.phase == .started { setTimer(started + .seconds(Int64(initializationLimit))) }
        if let pendingSignal { ChildProcess.send(pendingSignal, toGroup: processID) }
        if api.phase == .ready { becameReady() }
    }

    /// Asks the process to end, and makes it end a little later.
    func terminate() {
        guard !hasEnded else { return }
        isGivenUp = true
        signal(SIGTERM)
        let grace = TimeAmount.seconds(Int64(host.options.terminationGrace))
        // A host that stops waits for its processes, so the process is still there when this runs.
        eventLoop.assumeIsolated().scheduleTask(in: grace) { self.signal(SIGKILL) }
    }

    /// The process is gone.
    func ended(_ exit: ChildProcess.Exit) {
        finishUp(with: .exit(exit))
    }

    /// There never was a process.
    func failedToStart(_ document: ErrorDocument) {
        finishUp(with: document)
    }

    private func finishUp(with document: ErrorDocument) {
        output?.close()
        hasEnded = true
        timer?.task.cancel()
        listener?.close(promise: nil)
        for connection in connections.values { connection.close(promise: nil) }
        connections.removeAll()
        parked = nil
        let wasGivenUp = isGivenUp
        isGivenUp = true
        if api.phase == .started, !wasGivenUp {
            report(failure: document)
            host.failedToStart(self, document, lines: initLines)
        } else if let running, !running.isHandedOver {
            self.running = nil
            host.ended(self, undelivered: running.invocation)
        } else {
            if running != nil || !wasGivenUp { report(failure: document) }
            if !wasGivenUp { host.ended(self, undelivered: nil) }
            finish(status: .failed) { .functionError(document.json(requestID: $0)) }
        }
    }

    private func signal(_ signal: Int32) {
        guard !hasEnded else { return }
        if let processID {
            ChildProcess.send(signal, toGroup: processID)
        } else {
            pendingSignal = signal
        }
    }

    // MARK: Invocations

    /// The process is to run this, now or as soon as it asks.
    func deliver(_ invocation: Invocation) {
        guard !isGivenUp else { return host.readmit(invocation) }
        var running = RunningInvocation(invocation, timeout: function.timeout)
        setTimer(running.nextDeadline)
        if !initLines.isEmpty {
            let lines = initLines
            initLines = []
            lines.forEach { running.logTail.append($0.text) }
            host.activity.update(invocation.requestID) { $0.logs.append(contentsOf: lines) }
        }
        if invocation.request.wantsLogTail {
            running.logTail.append("START RequestId: \(invocation.requestID) Version: $LATEST")
        }
        self.running = running
        handOver()
    }

    private func handOver() {
        guard let parked, var running, !running.isHandedOver else { return }
        self.parked = nil
        running.isHandedOver = true
        self.running = running
        api.handOver(running.invocation.requestID)
        parked.send(running.invocation, arn: function.arn, deadline: running.deadlineOnTheClock)
    }

    /// The invocation is over: tells the caller, unless it has gone, and the record.
    private func finish(
        status: InvocationRecord.Status,
        _ outcome: (_ requestID: String) -> InvocationResult.Outcome
    ) {
        guard var running else { return }
        self.running = nil
        let requestID = running.invocation.requestID
        let duration = Double((NIODeadline.now() - running.began).nanoseconds) / 1_000_000
        let outcome = outcome(requestID)
        if running.invocation.request.wantsLogTail {
            running.logTail.append("END RequestId: \(requestID)")
            running.logTail.append(
                ReportLogLine(
                    requestID: requestID,
                    duration: duration,
                    initDuration: initDuration,
                    memorySize: function.memorySize,
                    processID: processID
                ).text
            )
        }
        let result = InvocationResult(requestID: requestID, outcome: outcome, logTail: running.logTail.last)
        let (processID, initDuration) = (processID, initDuration)
        self.initDuration = nil
        host.activity.update(requestID) { record in
            record.status = status
            record.duration = duration
            record.initDuration = initDuration
            record.processID = processID
            record.response = outcome.recordedText
        }
        // Last, so that whoever has the answer finds it recorded.
        running.continuation?.resume(returning: result)
    }

    // MARK: Time

    /// Wakes up at the deadline, or before. A timer that stands is left alone if it comes early enough, because most
    /// invocations are over long before theirs would fire.
    private func setTimer(_ deadline: NIODeadline) {
        if let timer, timer.deadline <= deadline { return }
        timer?.task.cancel()
        let task = eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [weak self] in
            guard let self else { return }
            timePassed()
        }
        timer = (deadline, task)
    }

    private func timePassed() {
        timer = nil
        guard !isGivenUp else { return }
        let now = NIODeadline.now()
        if api.phase == .started {
            let limit = started + .seconds(Int64(initializationLimit))
            return now < limit ? setTimer(limit) : initializationTimedOut()
        }
        guard var running else { return }
        if now >= running.deadline { return timedOut() }
        if let caller = running.invocation.callerDeadline, now >= caller, let continuation = running.continuation {
            running.continuation = nil
            self.running = running
            let requestID = running.invocation.requestID
            continuation.resume(returning: InvocationResult(requestID: requestID, outcome: .callerTimeout))
        }
        setTimer(running.nextDeadline)
    }

    private func timedOut() {
        isGivenUp = true
        output?.close()
        // The answer may have been on its way all the time, behind the log.
        guard running != nil else { return }
        let document = ErrorDocument.timeout(seconds: function.timeout)
        report(failure: document)
        signal(SIGKILL)
        host.ended(self, undelivered: nil)
        finish(status: .timedOut) { .functionError(document.json(requestID: $0)) }
    }

    private func initializationTimedOut() {
        isGivenUp = true
        output?.close()
        signal(SIGKILL)
        let document = ErrorDocument.timeout(seconds: initializationLimit)
        report(failure: document)
        host.initializationTimedOut(self, document, lines: initLines)
    }

    // MARK: Requests of the process

    func connected(_ channel: any Channel) {
        connections[ObjectIdentifier(channel)] = channel
    }

    func disconnected(_ connection: RuntimeAPIHandler, _ channel: any Channel) {
        connections[ObjectIdentifier(channel)] = nil
        if parked === connection { parked = nil }
    }

    func next(_ connection: RuntimeAPIHandler) {
        let before = api.phase
        switch api.next() {
        case .refuse(let refusal):
            connection.refuse(refusal)
        case .repeatEvent:
            guard let running else { return }
            connection.send(running.invocation, arn: function.arn, deadline: running.deadlineOnTheClock)
        case .park:
            parked = connection
            if before == .started {
                initDuration = Double((NIODeadline.now() - started).nanoseconds) / 1_000_000
            }
            if before == .ready { return handOver() }
            // Otherwise the news of its start is still on its way, and its records would lack the process id.
            if processID != nil { becameReady() }
        }
    }

    private func becameReady() {
        afterOutput { process in
            if !process.isGivenUp { process.host.ready(process) }
        }
    }

    /// - Parameter body: Nil if it was too large to take.
    func respond(to requestID: Substring, body: ByteBuffer?, from connection: RuntimeAPIHandler) {
        if let refusal = api.respond(to: requestID) { return connection.refuse(refusal) }
        if let body {
            answered(status: .succeeded, connection) { _ in .response(body) }
        } else {
            let document = ErrorDocument.responseTooLarge()
            answered(status: .failed, connection, isTooLarge: true) { .functionError(document.json(requestID: $0)) }
        }
    }

    /// - Parameter document: Nil if it was too large to take.
    func fail(_ requestID: Substring, document: ByteBuffer?, type: String?, from connection: RuntimeAPIHandler) {
        if let refusal = api.fail(requestID) { return connection.refuse(refusal) }
        answered(status: .failed, connection, isTooLarge: document == nil) { requestID in
            guard let document else {
                return .functionError(ErrorDocument.responseTooLarge().json(requestID: requestID))
            }
            return .functionError(Self.complete(document, type: type, requestID: requestID))
        }
    }

    func failInitialization(document: ByteBuffer, type: String?, from connection: RuntimeAPIHandler) {
        if let refusal = api.failInitialization() { return connection.refuse(refusal) }
        connection.accept()
        guard !isGivenUp else { return }
        afterOutput { process in
            process.output?.flush()
            guard !process.isGivenUp else { return }
            process.host.failedToInitialize(process, lines: process.initLines) {
                Self.complete(document, type: type, requestID: $0)
            }
            process.terminate()
        }
    }

    private func answered(
        status: InvocationRecord.Status,
        _ connection: RuntimeAPIHandler,
        isTooLarge: Bool = false,
        _ outcome: @escaping (_ requestID: String) -> InvocationResult.Outcome
    ) {
        afterOutput { process in
            process.output?.flush()
            // Before the caller knows, who may call again at once: a reserved place is free again then.
            if !process.isGivenUp { process.host.answered(process) }
            process.finish(status: status, outcome)
            isTooLarge ? connection.refuseTooLarge() : connection.accept()
        }
    }

    /// Acts once what the process has written so far is in the log.
    private func afterOutput(_ action: @escaping (FunctionProcess) -> Void) {
        guard let output else { return action(self) }
        output.whenRead { [unowned self] in action(self) }
    }

    /// A runtime that reports an error without saying anything about it still gets a document with a type.
    private static func complete(_ document: ByteBuffer, type: String?, requestID: String) -> ByteBuffer {
        guard document.readableBytes == 0 else { return document }
        return ErrorDocument(type: RuntimeAPI.errorType(reported: type), message: "Unknown error")
            .json(requestID: requestID)
    }

    // MARK: Logs

    private func logged(_ texts: [String]) {
        let time = UnixTime.now.milliseconds
        let requestID = running?.invocation.requestID ?? api.requestID
        for text in texts {
            host.options.output(
                FunctionLogLine(function: function.name, requestID: requestID, time: time, text: text, isFailure: false)
            )
        }
        record(texts.map { InvocationRecord.LogLine(time: time, text: $0) })
    }

    /// Says in the log what the function could not say itself.
    private func report(failure document: ErrorDocument) {
        let requestID = running?.invocation.requestID
        let prefix = requestID.map { "RequestId: \($0) " } ?? ""
        let line = InvocationRecord.LogLine(time: UnixTime.now.milliseconds, text: prefix + document.text)
        host.options.output(
            FunctionLogLine(
                function: function.name,
                requestID: requestID,
                time: line.time,
                text: line.text,
                isFailure: true
            )
        )
        record([line])
    }

    private func record(_ lines: [InvocationRecord.LogLine]) {
        guard var running else {
            if let requestID = api.requestID {
                host.activity.update(requestID) { $0.logs.append(contentsOf: lines) }
            } else if initLines.count < 1_000 {
                initLines.append(contentsOf: lines)
            }
            return
        }
        if running.invocation.request.wantsLogTail {
            lines.forEach { running.logTail.append($0.text) }
        }
        var kept: [InvocationRecord.LogLine] = []
        for var line in lines where running.recordedCharacters < ActivityRecorder.textLimit {
            let room = ActivityRecorder.textLimit - running.recordedCharacters
            if line.text.utf8.count > room { line.text = line.text.prefix(room) + " …" }
            running.recordedCharacters += line.text.utf8.count
            kept.append(line)
        }
        self.running = running
        guard !kept.isEmpty else { return }
        host.activity.update(running.invocation.requestID) { $0.logs.append(contentsOf: kept) }
    }
}

/// How other threads reach a ``FunctionProcess``.
struct ProcessHandle: Sendable {
    let eventLoop: any EventLoop
    private let process: NIOLoopBound<FunctionProcess>

    init(_ process: FunctionProcess) {
        eventLoop = process.eventLoop
        self.process = NIOLoopBound(process, eventLoop: process.eventLoop)
    }

    /// On the event loop only.
    var onLoop: FunctionProcess { process.value }

    /// Does something with the process on its event loop, soon.
    func execute(_ body: @escaping @Sendable (FunctionProcess) -> Void) {
        if eventLoop.inEventLoop {
            body(process.value)
        } else {
            eventLoop.execute { body(process.value) }
        }
    }
}

extension InvocationResult.Outcome {
    /// What the record of an invocation keeps of its answer.
    var recordedText: String? {
        switch self {
        case .response(let body), .functionError(let body): body.recordedText
        case .callerTimeout, .throttled, .unknownFunction: nil
        }
    }
}

extension ByteBuffer {
    /// The beginning, as text.
    var recordedText: String {
        let length = min(readableBytes, ActivityRecorder.textLimit)
        return getString(at: readerIndex, length: length) ?? ""
    }
}
