import Glibc

/// Handles SIGTERM, by which Lambda requests that a process finish its current invocation and exit.
enum Termination {
    /// Blocks SIGTERM in this thread and in the threads that it starts. The signal stays pending until
    /// ``BlockingSocket/waitForBytesOrTermination()`` unblocks it.
    static func deferUntilIdle() {
        signal(SIGTERM) { _ in _exit(0) }
        // Otherwise a log line written to a closed pipe would end the process in the middle of an invocation.
        signal(SIGPIPE, SIG_IGN)
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// The signals that this thread blocks, without SIGTERM.
    static var signalsBlockedWhileIdle: sigset_t {
        var signals = sigset_t()
        pthread_sigmask(SIG_BLOCK, nil, &signals)
        sigdelset(&signals, SIGTERM)
        return signals
    }
}
