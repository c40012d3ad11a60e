import NIOCore

/// The properties of an invocation that ``FunctionProcessState`` reads.
protocol ProcessWork: Sendable {
    var requestID: String { get }
    /// When the caller stops waiting; nil if it waits for as long as the function may run.
    var callerDeadline: NIODeadline? { get }
}

extension FunctionProcessState {
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
}
