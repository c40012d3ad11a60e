import Glibc

/// `_X_AMZN_TRACE_ID`, where X-Ray's libraries look for the trace of the current invocation.
final class TraceVariable {
    /// What `putenv` was given last: it becomes part of the environment, and is written over in place. `setenv` would
    /// keep a copy of every value for ever.
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
            // The old one is never freed: somebody may hold on to its value.
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
