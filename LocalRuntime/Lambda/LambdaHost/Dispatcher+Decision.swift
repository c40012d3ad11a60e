extension Dispatcher {
    /// What the host must do after a change.
    struct Decision: Sendable {
        /// A process to start under a reserved id.
        struct Start: Sendable {
            var function: Int
            var processID: Int
            /// Nil to use the executable that is on disk now.
            var version: ExecutableVersion?
        }

        /// The invocation exceeds the reserved concurrency of its function.
        var isThrottled = false
        var delivery: (work: Work, processID: Int, process: Process)?
        var starts: [Start] = []
        /// Processes to stop: idle ones, or ones with an outdated executable.
        var retired: [Process] = []
        /// Functions to pass to ``Dispatcher/recheck(_:hasIdleTime:)`` after a moment.
        var rechecks: [Int] = []
    }
}
