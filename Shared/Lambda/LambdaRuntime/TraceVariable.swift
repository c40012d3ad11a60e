import Glibc

/// The environment variable `_X_AMZN_TRACE_ID`, in which X-Ray's libraries expect the current invocation's trace id.
final class TraceVariable {
    /// The string passed to `putenv`, which becomes part of the environment and is overwritten in place. `setenv` would
    /// leak a copy of every value.
    private var entry = UnsafeMutableBufferPointer<CChar>(start: nil, count: 0)
    private var isInEnvironment = false
    private var current: String?

    func set(_ traceID: String?) {
        guard traceID != current else { return }
        current = traceID
        guard let traceID else {
            unsetenv("_X_AMZN_TRACE_ID")
            isInEnvironment = false
            return
        }
        let text = "_X_AMZN_TRACE_ID=\(traceID)".utf8CString
        if text.count > entry.count {
            // The old buffer is never freed, because other code may still hold a pointer into it.
            entry = .allocate(capacity: max(text.count, 256))
            isInEnvironment = false
        }
        _ = entry.update(fromContentsOf: text)
        if !isInEnvironment, let start = entry.baseAddress {
            putenv(start)
            isInEnvironment = true
        }
    }
}
