import Glibc
import NIOCore

/// The life of one function process: a state machine without I/O.
///
/// Each input is a method. It changes the state and returns the actions to execute, in order. ``FunctionProcess`` owns
/// the process, its sockets and its timer; it passes on what happens to them and executes the actions.
struct FunctionProcessState<Work: ProcessWork>: Sendable {
    private var phase = Phase.starting
    private var api = RuntimeAPI()
    private let created: NIODeadline
    private let timeout: Int
    private let initializationLimit: Int
    /// The id of the process, which is the id of its group as well; nil until it is known.
    private var processID: Int32?
    /// Whether a `next` request is open.
    private var isParked = false
    /// Part of the first invocation's completion, then nil.
    private var initDuration: TimeAmount?
    /// The answered invocation until the process asks for another one, and when it must have asked.
    private var unfinished: Unfinished?

    /// - Parameters:
    ///   - timeout: Seconds that an invocation may take.
    ///   - initializationLimit: Seconds from `now` until the process must have asked for an event.
    init(timeout: Int, initializationLimit: Int, at now: NIODeadline) {
        (self.timeout, self.initializationLimit, created) = (timeout, initializationLimit, now)
    }

    // MARK: The process

    /// The process runs. Its first `next` request may have come before this.
    mutating func spawned(_ processID: Int32) -> [Action] {
        self.processID = processID
        switch phase {
        case .starting:
            return api.phase == .started ? [.scheduleWake(initializationDeadline)] : []
        case .idle:
            return [.afterOutput(.ready)]
        case .stopping(_, let signal):
            return [.signal(signal, group: processID)]
        case .running, .ended:
            return []
        }
    }

    /// The host has no more work for the process.
    mutating func stop() -> [Action] {
        switch phase {
        case .starting, .idle:
            return terminate(nil)
        case .running(let running) where running.isReturnable:
            return terminate(nil) + [.notify(.returned(running.work))]
        case .running(let running):
            return terminate(running)
        case .stopping, .ended:
            return []
        }
    }

    /// The process has had the termination grace to end.
    mutating func graceElapsed() -> [Action] {
        guard case .stopping(let running, SIGTERM) = phase else { return [] }
        return [.logFailure(.killed(), requestID: running?.work.requestID)] + stopping(running, SIGKILL)
    }

    /// The process is gone, or could not be started. All of its output must have been read.
    ///
    /// - Parameter document: What its invocation fails with.
    mutating func ended(_ document: ErrorDocument, at now: NIODeadline) -> [Action] {
        let last = phase
        phase = .ended
        isParked = false
        switch last {
        case .starting where api.phase == .started:
            return [
                .close, .logFailure(document, requestID: nil), .notify(.failedToInitialize(.exited(document))),
            ]
        case .starting, .idle:
            return [.close, .logFailure(document, requestID: nil), .notify(.ended(undelivered: nil))]
        case .running(let running) where running.isReturnable:
            return [.close, .notify(.ended(undelivered: running.work))]
        case .running(let running):
            return [
                .close, .logFailure(document, requestID: running.work.requestID), .notify(.ended(undelivered: nil)),
                finish(running, .failed(.document(document)), at: now),
            ]
        case .stopping(let running?, _):
            return [
                .close, .logFailure(document, requestID: running.work.requestID),
                finish(running, .failed(.document(document)), at: now),
            ]
        case .stopping(nil, _):
            return [.close]
        case .ended:
            return []
        }
    }

    // MARK: The invocation

    /// The host gives the process an invocation after ``FunctionProcessEvent/ready``.
    mutating func deliver(_ work: Work, at now: NIODeadline) -> [Action] {
        switch phase {
        case .idle:
            var running = Running(work: work, began: now, deadline: now + .seconds(Int64(timeout)))
            return [.begin(work), .scheduleWake(running.nextDeadline)] + handOver(&running)
        case .stopping, .ended:
            return [.notify(.returned(work))]
        case .starting, .running:
            preconditionFailure("an invocation for a process that is not ready")
        }
    }

    /// The time of the last ``Action/scheduleWake(_:)`` has come, or an earlier one.
    mutating func wake(at now: NIODeadline) -> [Action] {
        switch phase {
        case .starting where api.phase == .started:
            guard now >= initializationDeadline else { return [.scheduleWake(initializationDeadline)] }
            let document = ErrorDocument.timeout(seconds: initializationLimit)
            return [.closeOutput] + stopping(nil, SIGKILL) + [
                .logFailure(document, requestID: nil), .notify(.failedToInitialize(.timedOut(document))),
            ]
        case .idle:
            return wakeUnfinished(at: now)
        case .running(let running) where running.isAnswered:
            return now < running.deadline ? [.scheduleWake(running.deadline)] : []
        case .running(var running):
            guard now < running.deadline else {
                let document = ErrorDocument.timeout(seconds: timeout)
                return [.closeOutput, .logFailure(document, requestID: running.work.requestID)]
                    + stopping(nil, SIGKILL)
                    + [.notify(.ended(undelivered: nil)), finish(running, .timedOut(document), at: now)]
            }
            let callerHasLeft = running.isAwaited && now >= running.nextDeadline
            if callerHasLeft { running.isAwaited = false }
            phase = .running(running)
            return (callerHasLeft ? [.releaseCaller(running.work)] : []) + [.scheduleWake(running.nextDeadline)]
        case .starting, .stopping, .ended:
            return []
        }
    }

    /// As on AWS, an invocation lasts until the process asks for the next one.
    private mutating func wakeUnfinished(at now: NIODeadline) -> [Action] {
        guard let unfinished else { return [] }
        guard now >= unfinished.deadline else { return [.scheduleWake(unfinished.deadline)] }
        return [.closeOutput, .logFailure(.timeout(seconds: timeout), requestID: unfinished.requestID)]
            + stopping(nil, SIGKILL) + [.notify(.ended(undelivered: nil))]
    }

    // MARK: Requests to the Runtime API

    /// `GET …/invocation/next`
    mutating func next(at now: NIODeadline) -> [Action] {
        let before = api.phase
        switch api.next() {
        case .refuse(let refusal):
            return [.refuse(refusal)]
        case .repeatEvent:
            guard let running else { return [] }
            return [.resend(running.work, deadline: running.deadline)]
        case .park:
            // Two open requests could be answered with one event only.
            guard !isParked else { return [.refuse(.secondNext)] }
            isParked = true
            unfinished = nil
        }
        switch phase {
        case .starting:
            phase = .idle
            initDuration = now - created
            // An invocation is recorded with the id of its process, so it has to wait until that id is known.
            return processID == nil ? [.park] : [.park, .afterOutput(.ready)]
        case .running(var running) where before == .ready && !running.isHandedOver:
            return [.park] + handOver(&running)
        case .idle, .running:
            return before == .ready ? [.park] : [.park, .afterOutput(.ready)]
        case .stopping, .ended:
            return [.park]
        }
    }

    /// The connection with the open `next` request was closed.
    mutating func parkedConnectionClosed() {
        isParked = false
    }

    /// `POST …/response`; nil if the body was too large to read.
    mutating func respond(to requestID: Substring, with body: ByteBuffer?) -> [Action] {
        accept(body.map { .response($0) } ?? .tooLarge, unless: api.respond(to: requestID))
    }

    /// `POST …/error`; nil if the report was too large to read.
    mutating func fail(_ requestID: Substring, with failure: FunctionFailure?) -> [Action] {
        accept(failure.map { .error($0) } ?? .tooLarge, unless: api.fail(requestID))
    }

    /// `POST …/init/error`
    mutating func failInitialization(with failure: FunctionFailure) -> [Action] {
        if let refusal = api.failInitialization() { return [.refuse(refusal)] }
        guard case .starting = phase else { return [.accept] }
        return [.accept, .afterOutput(.initializationError(failure))]
    }

    private mutating func accept(_ answer: Answer, unless refusal: RuntimeAPI.Refusal?) -> [Action] {
        if let refusal { return [.refuse(refusal)] }
        if case .running(var running) = phase {
            running.isAnswered = true
            phase = .running(running)
        }
        return [.afterOutput(.answer(answer))]
    }

    // MARK: Output

    /// The output that preceded a step has been read.
    mutating func outputRead(_ step: OutputStep, at now: NIODeadline) -> [Action] {
        switch step {
        case .ready:
            guard case .idle = phase else { return [] }
            return [.notify(.ready)]
        case .answer(let answer):
            return [.flushOutput] + finish(with: answer, at: now) + [answer.reply]
        case .initializationError(let failure):
            guard case .starting = phase else { return [.flushOutput] }
            return [.flushOutput, .notify(.failedToInitialize(.reported(failure)))] + terminate(nil)
        }
    }

    private mutating func finish(with answer: Answer, at now: NIODeadline) -> [Action] {
        switch phase {
        case .running(let running):
            phase = .idle
            // Notify the host first: when the caller continues, the function's reserved concurrency is free again.
            return [.notify(.answered), finish(running, answer.outcome, at: now)] + expectNext(after: running, at: now)
        case .stopping(let running?, let signal):
            phase = .stopping(nil, signal: signal)
            return [finish(running, answer.outcome, at: now)]
        case .starting, .idle, .stopping(nil, _), .ended:
            return []
        }
    }

    // MARK: Steps

    private var initializationDeadline: NIODeadline { created + .seconds(Int64(initializationLimit)) }

    private var running: Running? {
        switch phase {
        case .running(let running): running
        case .stopping(let running, _): running
        case .starting, .idle, .ended: nil
        }
    }

    private mutating func handOver(_ running: inout Running) -> [Action] {
        defer { phase = .running(running) }
        guard isParked else { return [] }
        isParked = false
        running.isHandedOver = true
        api.handOver(running.work.requestID)
        return [.handOver(running.work, deadline: running.deadline)]
    }

    /// The timer of the invocation still runs, unless the process answered at the last moment.
    private mutating func expectNext(after running: Running, at now: NIODeadline) -> [Action] {
        guard api.phase == .answered else { return [] }
        let unfinished = Unfinished(after: running, at: now)
        self.unfinished = unfinished
        return unfinished.deadline == running.deadline ? [] : [.scheduleWake(unfinished.deadline)]
    }

    private mutating func finish(
        _ running: Running,
        _ outcome: Completion.Outcome,
        at now: NIODeadline
    ) -> Action {
        defer { initDuration = nil }
        return .finish(
            Completion(
                work: running.work,
                outcome: outcome,
                duration: now - running.began,
                initDuration: initDuration,
                isAwaited: running.isAwaited
            )
        )
    }

    /// Terminates the process, and kills it after the termination grace.
    private mutating func terminate(_ running: Running?) -> [Action] {
        stopping(running, SIGTERM) + [.scheduleKill]
    }

    private mutating func stopping(_ running: Running?, _ signal: Int32) -> [Action] {
        phase = .stopping(running, signal: signal)
        return processID.map { [.signal(signal, group: $0)] } ?? []
    }
}
