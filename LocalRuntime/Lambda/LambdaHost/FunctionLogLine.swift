/// A line of a function's log.
public struct FunctionLogLine: Sendable, Hashable {
    public var function: String
    /// Nil until the process has received its first event.
    public var requestID: String?
    /// Milliseconds since the epoch.
    public var time: Int64
    public var text: String
    /// Whether the host wrote the line about a failure that the function could not log itself.
    public var isFailure: Bool
}
