/// The target of a route.
public enum Integration: Sendable, Hashable {
    /// A Lambda proxy integration: the function's logical id, and the timeout in milliseconds.
    case function(logicalID: String, timeout: Int)
    case mock
    /// Any other integration, with a description of it; `Application.unsupported` lists it too.
    case unsupported(String)
}
