/// A failure of a ``RedisStore``.
///
/// The description can be logged: it contains neither keys nor values, which the server quotes in some messages.
public struct RedisError: Error, Sendable, Hashable {
    /// The kind of failure. Not an enum, because codes may be added.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Base: String {
            case invalidConfiguration, connectionFailed, connectionLost, timedOut, server, decoding
        }
        private let base: Base
        public var description: String { base.rawValue }

        /// The URL is malformed.
        public static let invalidConfiguration = Code(base: .invalidConfiguration)
        /// No connection could be made, or the server's certificate or the client's password was rejected. No command
        /// was executed.
        public static let connectionFailed = Code(base: .connectionFailed)
        /// The connection broke after commands had been sent. It is unknown whether they were executed.
        public static let connectionLost = Code(base: .connectionLost)
        /// Connecting or the reply took too long. It is unknown whether commands were executed.
        public static let timedOut = Code(base: .timedOut)
        /// The server rejected a command; see ``RedisError/serverCode``.
        public static let server = Code(base: .server)
        /// A reply does not have the type that its command expects.
        public static let decoding = Code(base: .decoding)
    }

    public var code: Code
    /// The first word of the server's message: `WRONGTYPE`, `READONLY`, `ERR`, …
    public var serverCode: String?
    /// What happened, without keys or values.
    public var message: String
    /// The server's message, which may quote arguments. Do not log it.
    public var serverMessage: String?

    public init(_ code: Code, message: String) {
        self.code = code
        self.message = message
    }
}

extension RedisError: CustomStringConvertible {
    public var description: String {
        "\(code)" + (serverCode.map { " \($0)" } ?? "") + ": \(message)"
    }
}

extension RedisError {
    /// The error for a command that the server rejected.
    init(serverMessage: String) {
        self.init(.server, message: "The server rejected a command.")
        serverCode = serverMessage.split(separator: " ").first.map(String.init)
        self.serverMessage = serverMessage
    }

    /// Whether the server has become a replica. After a failover its host name resolves to the new primary.
    var serverWasDemoted: Bool {
        serverCode == "READONLY" || serverCode == "MASTERDOWN"
    }
}
