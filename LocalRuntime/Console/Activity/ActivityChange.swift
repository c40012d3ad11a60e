/// A change that ``ActivityRecorder/changes()`` reports.
public enum ActivityChange: Sendable {
    /// The new state of an invocation that began, logged or ended.
    case invocation(InvocationRecord)
    /// The new state of a connection that was opened, or over which a message was sent.
    case connection(ConnectionRecord)
    case connectionClosed(id: String, code: Int, reason: String)
    case notice(Notice)
}
