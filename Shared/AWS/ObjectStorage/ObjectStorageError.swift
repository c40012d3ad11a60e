/// A failure of object storage; the message is for the log.
public struct ObjectStorageError: Error, Hashable, CustomStringConvertible {
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        public let description: String

        /// The configured endpoint is not a URL.
        public static let misconfigured = Code(description: "misconfigured")
        /// The answer has more bytes than are wanted.
        public static let tooLarge = Code(description: "tooLarge")
        /// The service says that the request will never do.
        public static let refused = Code(description: "refused")
        /// The service cannot be reached, or had no answer however often it was asked.
        public static let unavailable = Code(description: "unavailable")
        /// The answer is none of the service's.
        public static let malformed = Code(description: "malformed")
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { "Object storage, \(code): \(message)" }
}
