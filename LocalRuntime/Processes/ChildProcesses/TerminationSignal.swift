/// The signal that ends a process group; the raw value is its name for `kill -s`.
public enum TerminationSignal: String, Sendable, Hashable {
    case kill = "KILL"
    case interrupt = "INT"
    case terminate = "TERM"
}
