/// Why a worker process gave no result.
public struct WorkerError: Error, Sendable, Hashable, CustomStringConvertible {
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        public let description: String

        /// The process could not be started.
        public static let notStarted = Code(description: "notStarted")
        /// The process ended because it cannot be confined on this system. No worker runs without its sandbox.
        public static let noSandbox = Code(description: "noSandbox")
        /// The deadline passed.
        public static let timedOut = Code(description: "timedOut")
        /// The process was killed from outside, for example because the system ran out of memory. The request is not at
        /// fault.
        public static let killed = Code(description: "killed")
        /// The process ended: it crashed, ran out of memory, or tried what the sandbox forbids.
        public static let ended = Code(description: "ended")
    }

    public var code: Code
    /// For the log.
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { "Worker, \(code): \(message)" }
}
