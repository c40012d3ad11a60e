/// What went wrong between a ``RedisStore`` and its server.
///
/// Its description is fit for a log: it holds neither keys nor values, which the server quotes in some messages.
public struct RedisError: Error, Sendable, Hashable {
    /// What kind of failure this is; new codes may be added, so it is not an enum.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Base: String {
            case invalidConfiguration, connectionFailed, connectionLost, timedOut, server, decoding
        }
        private let base: Base
        public var description: String { base.rawValue }

        /// The URL cannot be read.
        public static let invalidConfiguration = Code(base: .invalidConfiguration)
        /// No connection could be made, or the server's certificate or our password was refused; no command was
        /// executed.
        public static let connectionFailed = Code(base: .connectionFailed)
        /// The connection broke after something had been sent: commands may have been executed or not.
        public static let connectionLost = Code(base: .connectionLost)
        /// Connecting or the answer took too long; commands may have been executed or not.
        public static let timedOut = Code(base: .timedOut)
        /// The server refused a command; ``RedisError/serverCode`` says why.
        public static let server = Code(base: .server)
        /// A reply is not of the kind that its command reads.
        public static let decoding = Code(base: .decoding)
    }

    public var code: Code
    /// The first word of the server's message: `WRONGTYPE`, `READONLY`, `ERR`, …
    public var serverCode: String?
    /// What happened, without anything private.
    public var message: String
    /// The server's own words, which may quote arguments: for a debugger, not for a log.
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
    /// A command that the server refused, in the server's words.
    init(serverMessage: String) {
        self.init(.server, message: "The server refused a command.")
        serverCode = serverMessage.split(separator: " ").first.map(String.init)
        self.serverMessage = serverMessage
    }

    /// The server has become a replica or is about to be replaced: its name leads to another one by now.
    var saysThatServerWasDemoted: Bool {
        serverCode == "READONLY" || serverCode == "MASTERDOWN"
    }
}
