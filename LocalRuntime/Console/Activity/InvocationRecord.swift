/// One invocation of a function, as the console shows it.
public struct InvocationRecord: Sendable, Hashable, Encodable {
    /// Whether an invocation runs, or how it ended.
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
    /// What caused it: `WebSocket send-message`, `POST /conversation`, `Invoke API`.
    public var trigger: String
    /// Milliseconds since the epoch.
    public var startedAt: Int64
    public var status: Status = .running
    /// Milliseconds from delivery to answer, without the initialization of the process; nil while it runs.
    public var duration: Double?
    /// Milliseconds from the start of the process to its first request for an event; nil if the process was warm.
    public var initDuration: Double?
    /// The operating system's id of the process that ran it.
    public var processID: Int32?
    /// The event, as JSON text.
    public var event: String
    /// What the function returned, or its error document, as text.
    public var response: String?
    public var logs: [LogLine] = []
    /// Whether the event, the response and the log have been dropped, because newer ones need the memory.
    public private(set) var isAbridged = false

    public init(id: String, function: String, trigger: String, startedAt: Int64, event: String) {
        self.id = id
        self.function = function
        self.trigger = trigger
        self.startedAt = startedAt
        self.event = event
    }

    /// The size of the texts in UTF-8 bytes.
    var textSize: Int {
        event.utf8.count + (response?.utf8.count ?? 0) + logs.reduce(0) { $0 + $1.text.utf8.count }
    }

    mutating func dropTexts() {
        (event, response, logs, isAbridged) = ("", nil, [], true)
    }
}
