import NIOCore

extension Dispatcher {
    /// The invocations and processes of one function.
    struct Pool: Sendable {
        /// Nil if no concurrency is reserved.
        var reservedConcurrency: Int?
        /// The executable as of the last invocation.
        var version: ExecutableVersion?
        /// Invocations that wait for a process.
        var queue = WaitingInvocations<Work>()
        /// Process ids and when they became idle, the longest idle first.
        var idle: [(processID: Int, since: NIODeadline)] = []
        /// Admitted invocations that are not answered yet.
        var inFlight = 0
        /// Processes in any phase.
        var processes = 0
        /// Processes that have not asked for an event yet.
        var starting = 0
        /// Processes that have answered and not asked for the next event yet.
        var finishing = 0
        var awaitsRecheck = false
        /// Since a process answered or further ones started.
        var rechecksWithoutAnswer = 0
    }
}
