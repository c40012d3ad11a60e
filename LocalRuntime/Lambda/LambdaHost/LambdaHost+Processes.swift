import Activity
import EmulatorCore
import NIOCore
import Synchronization

extension LambdaHost {
    typealias Decision = Dispatcher<ProcessHandle, Invocation>.Decision

    // MARK: Events of processes

    func handle(_ event: FunctionProcessEvent<Invocation>, from process: FunctionProcess) {
        switch event {
        case .ready:
            execute(
                state.withLock { state in
                    state.slowStarters.remove(process.functionIndex)
                    return state.dispatcher.ready(process.id, at: .now())
                }
            )
        case .answered:
            state.withLock { $0.dispatcher.answered(process.id) }
        case .ended(let undelivered):
            execute(state.withLock { $0.dispatcher.ended(process.id, undelivered: undelivered) })
        case .returned(let invocation):
            readmit(invocation)
        case .failedToInitialize(let failure):
            initializationFailed(process, failure)
        }
    }

    private func readmit(_ invocation: Invocation) {
        let decision: Decision? = state.withLock { state in
            guard !state.dispatcher.isStopping else { return nil }
            return state.dispatcher.readmit(invocation, to: invocation.function)
        }
        guard let decision else { return fail(invocation, with: .document(.shuttingDown())) }
        execute(decision)
        if decision.delivery == nil { limitWait(of: invocation) }
    }

    private func initializationFailed(_ process: FunctionProcess, _ failure: InitializationFailure) {
        let name = process.function.name
        let lines = process.log.initializationLines
        switch failure {
        case .exited(let document):
            note("\(name) does not start: \(document.message)")
            failNext(process) { fail($0, with: .document(document), lines: lines) }
        case .reported(let failure):
            note("\(name) failed to initialize: \(failure.json(requestID: "").recordedText)")
            failNext(process) { fail($0, with: failure, lines: lines) }
        case .timedOut(let document):
            // As on AWS, the first process that exceeds the limit only costs time. The second one, whose limit is the
            // function's timeout, fails an invocation.
            let isFirst = state.withLock { state in
                let isFirst = state.slowStarters.insert(process.functionIndex).inserted
                if !isFirst { state.slowStarters.remove(process.functionIndex) }
                return isFirst
            }
            if isFirst { return execute(state.withLock { $0.dispatcher.ended(process.id) }) }
            failNext(process) { fail($0, with: .document(document), status: .timedOut, lines: lines) }
        }
    }

    /// Fails the invocation that has waited longest for a process of the function.
    private func failNext(_ process: FunctionProcess, _ fail: (Invocation) -> Void) {
        let (victim, decision) = state.withLock { $0.dispatcher.failedToStart(process.id) }
        if let victim { fail(victim) }
        execute(decision)
    }

    private func note(_ text: String) {
        activity.note(Notice(.error, time: UnixTime.now.milliseconds, text: text))
    }

    // MARK: Decisions of the dispatcher

    func execute(_ decision: Decision) {
        if let (invocation, _, process) = decision.delivery {
            process.execute { $0.deliver(invocation) }
        }
        for process in decision.retired { process.execute { $0.stop() } }
        for start in decision.starts { launch(start) }
        for function in decision.rechecks {
            eventLoopGroup.next().scheduleTask(in: .milliseconds(10)) { [weak self] in
                guard let self else { return }
                let hasIdleTime = processors.hasIdleTime
                execute(state.withLock { $0.dispatcher.recheck(function, hasIdleTime: hasIdleTime) })
            }
        }
    }

    private func launch(_ start: Decision.Start) {
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

    /// One process, from before its start until after its end.
    private func run(_ start: Decision.Start, initializationLimit: Int) async {
        let eventLoop = eventLoopGroup.next()
        let creation = eventLoop.submit {
            let process = FunctionProcess(
                id: start.processID,
                functionIndex: start.function,
                initializationLimit: initializationLimit,
                host: self,
                eventLoop: eventLoop,
                notify: { process, event in self.handle(event, from: process) }
            )
            return ProcessHandle(process)
        }
        guard let process = try? await creation.get(),
            state.withLock({ $0.dispatcher.attach(process, as: start.processID) })
        else { return }
        await launcher.run(process, of: functions[start.function], executable: start.version)
    }
}
