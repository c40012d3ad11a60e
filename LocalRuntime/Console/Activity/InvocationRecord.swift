/// One invocation of a function, as the console shows it.
public struct InvocationRecord: Sendable, Hashable, Encodable {
    /// How far an invocation has come, or how it ended.
    public enum Status: String, Sendable, Hashable, Encodable {
        case running, succeeded, failed, timedOut, throttled
    }

    /// One line that the function wrote to its standard output or error while it ran.
    public struct LogLine: Sendable, Hashable, Encodable {
        /// Milliseconds since the epoch.
        public var time: Int64
        public var text: String

        public init(time: Int64, text: String) {
            self.time = time
            self.text = text
        }
    }

    /// The Lambda request id.
    public var id: String
    /// The function's name.
    public var function: String
    /// What caused it, for people: `WebSocket send-message`, `POST /conversation`, `Invoke API`.
    public var trigger: String
    /// Milliseconds since the epoch.
    public var startedAt: Int64
    public var status: Status = .running
    /// Milliseconds from hand-over to answer, without the init time; nil while it runs.
    public var duration: Double?
    /// Milliseconds that starting the process took; nil when a warm process took the invocation.
    public var initDuration: Double?
    /// Operating system's id of the process that ran it.
    public var processID: Int32?
    /// The event, as JSON text.
    public var event: String
    /// What the function answered, as text; the error document when it failed.
    public var response: String?
    public var logs: [LogLine] = []

    public init(id: String, function: String, trigger: String, startedAt: Int64, event: String) {
        self.id = id
        self.function = function
        self.trigger = trigger
        self.startedAt = startedAt
        self.event = event
    }
}
