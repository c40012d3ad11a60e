import NIOCore

/// The properties of an invocation that ``FunctionProcessState`` reads.
protocol ProcessWork: Sendable {
    var requestID: String { get }
    /// When the caller stops waiting; nil if it waits for as long as the function may run.
    var callerDeadline: NIODeadline? { get }
}

extension FunctionProcessState {
    enum Phase: Sendable {
        /// The process has not asked for an event yet.
        case starting
        /// The process is initialized and has no invocation.
        case idle
        case running(Running)
        /// The process must end, and the host no longer counts on it. It may still answer its invocation.
        case stopping(Running?, signal: Int32)
        case ended
    }

    /// The invocation of a process.
    struct Running: Sendable {
        let work: Work
        let began: NIODeadline
        /// When the function's timeout is over.
        let deadline: NIODeadline
        /// Whether the process has received the event.
        var isHandedOver = false
        /// Whether the process has answered. Output from before the answer may still be unread.
        var isAnswered = false
        /// Whether the caller still waits.
        var isAwaited = true

        /// The caller's deadline or the function's, whichever comes first.
        var nextDeadline: NIODeadline {
            guard isAwaited, let callerDeadline = work.callerDeadline else { return deadline }
            return min(callerDeadline, deadline)
        }

        /// Whether another process can run the invocation: it must not run twice, nor answer its caller twice.
        var isReturnable: Bool { !isHandedOver && isAwaited }
    }

    /// An answered invocation whose process has not asked for the next one.
    struct Unfinished: Sendable {
        /// For a process that answers just before its time limit.
        static var leastTimeToAskAgain: TimeAmount { .milliseconds(100) }

        let requestID: String
        /// When the process must have asked.
        let deadline: NIODeadline

        init(after running: Running, at now: NIODeadline) {
            requestID = running.work.requestID
            deadline = max(running.deadline, now + Self.leastTimeToAskAgain)
        }
    }
}
