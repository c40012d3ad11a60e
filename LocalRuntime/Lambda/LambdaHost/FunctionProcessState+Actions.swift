import NIOCore

extension FunctionProcessState {
    /// One step for the owner of the process.
    enum Action: Sendable {
        // MARK: For the connection that sent the request

        /// Keep the `next` request open until there is an event for it.
        case park
        /// Answer a repeated `next` request with the event that the process already has.
        case resend(Work, deadline: NIODeadline)
        case accept
        case refuse(RuntimeAPI.Refusal)
        case refuseTooLarge

        // MARK: For the invocation

        /// Attribute log lines to this invocation from now on.
        case begin(Work)
        /// Answer the parked `next` request.
        case handOver(Work, deadline: NIODeadline)
        /// Tell the caller that its own time limit has passed. The function continues.
        case releaseCaller(Work)
        case finish(Completion)
        /// Log a failure that the function cannot log itself, with the id of its invocation if it has one.
        case logFailure(ErrorDocument, requestID: String?)

        // MARK: For the output

        /// Pass the step to ``FunctionProcessState/outputRead(_:at:)`` once everything that is in the pipe now has been
        /// read.
        case afterOutput(OutputStep)
        /// Log the last line even if its line feed is missing.
        case flushOutput
        /// Read what is in the pipe, then close it.
        case closeOutput

        // MARK: For the process and its host

        /// Call ``FunctionProcessState/wake(at:)`` at this time or earlier.
        case scheduleWake(NIODeadline)
        /// Call ``FunctionProcessState/graceElapsed()`` after the termination grace.
        case scheduleKill
        /// Send a signal to the process group.
        case signal(Int32, group: Int32)
        /// Close the listener and all connections, and cancel the timer.
        case close
        case notify(FunctionProcessEvent<Work>)
    }

    /// A step that waits until the output that preceded it has been read, so that each line is logged for the right
    /// invocation.
    enum OutputStep: Sendable, Hashable {
        case ready
        case answer(Answer)
        case initializationError(FunctionFailure)
    }

    /// What the process posted for its invocation.
    enum Answer: Sendable, Hashable {
        case response(ByteBuffer)
        case error(FunctionFailure)
        /// More than ``RuntimeAPI/payloadLimit`` bytes.
        case tooLarge

        var outcome: Completion.Outcome {
            switch self {
            case .response(let body): .succeeded(body)
            case .error(let failure): .failed(failure)
            case .tooLarge: .failed(.document(.responseTooLarge()))
            }
        }

        /// The reply to the process.
        var reply: Action {
            switch self {
            case .response, .error: .accept
            case .tooLarge: .refuseTooLarge
            }
        }
    }

    /// How an invocation ended.
    struct Completion: Sendable {
        enum Outcome: Sendable, Hashable {
            case succeeded(ByteBuffer)
            case failed(FunctionFailure)
            case timedOut(ErrorDocument)
        }

        var work: Work
        var outcome: Outcome
        /// From delivery to answer.
        var duration: TimeAmount
        /// Nil if the process has served another invocation before.
        var initDuration: TimeAmount?
        /// Whether the caller still waits; false after ``Action/releaseCaller(_:)``.
        var isAwaited: Bool
    }
}

extension FunctionProcessState.Action: Equatable where Work: Equatable {}
extension FunctionProcessState.Completion: Equatable where Work: Equatable {}
