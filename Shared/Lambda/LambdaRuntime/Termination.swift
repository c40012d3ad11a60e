import Glibc

/// What Lambda and LocalRuntime ask for with SIGTERM: finish the invocation that is under way, then end.
enum Termination {
    /// Blocks SIGTERM in this thread and in those it starts from now on. It stays pending until
    /// ``Socket/waitForBytesOrTermination()`` lets it in.
    static func deferUntilIdle() {
        signal(SIGTERM) { _ in _exit(0) }
        // A log line nobody reads any more must not end the process in the middle of an invocation.
        signal(SIGPIPE, SIG_IGN)
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// The signals this thread blocks at other times, without SIGTERM.
    static var signalsBlockedWhileIdle: sigset_t {
        var signals = sigset_t()
        pthread_sigmask(SIG_BLOCK, nil, &signals)
        sigdelset(&signals, SIGTERM)
        return signals
    }
}
