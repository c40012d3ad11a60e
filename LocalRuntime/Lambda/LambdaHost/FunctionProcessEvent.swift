/// What a function process reports to its host.
enum FunctionProcessEvent<Work: Sendable>: Sendable {
    /// The process can take an invocation.
    case ready
    /// The process has answered its invocation; it has not asked for the next one yet.
    case answered
    /// The process is gone or is being killed. An `undelivered` invocation must be run by another process.
    case ended(undelivered: Work?)
    /// The process cannot take the invocation because it is ending; the host does not expect anything else from it.
    case returned(Work)
    /// The process never asked for an event.
    case failedToInitialize(InitializationFailure)
}

extension FunctionProcessEvent: Equatable where Work: Equatable {}

/// Why a process never asked for an event.
enum InitializationFailure: Sendable, Hashable {
    /// It could not be started, or it exited.
    case exited(ErrorDocument)
    /// It posted an error to `init/error`.
    case reported(FunctionFailure)
    case timedOut(ErrorDocument)
}
