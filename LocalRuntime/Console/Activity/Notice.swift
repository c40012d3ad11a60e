/// A sentence for the developer: a function that cannot start, a resource that is not emulated.
public struct Notice: Sendable, Hashable, Encodable {
    public enum Level: String, Sendable, Hashable, Encodable { case info, warning, error }

    public var level: Level
    /// Milliseconds since the epoch.
    public var time: Int64
    public var text: String

    public init(_ level: Level, time: Int64, text: String) {
        self.level = level
        self.time = time
        self.text = text
    }
}
