/// A failure of object storage. The message is for the log.
public struct ObjectStorageError: Error, Hashable, CustomStringConvertible {
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        public let description: String

        /// The configured endpoint is not a URL.
        public static let misconfigured = Code(description: "misconfigured")
        /// The response exceeds the caller's limit.
        public static let tooLarge = Code(description: "tooLarge")
        /// The service rejected the request. A retry would fail too.
        public static let refused = Code(description: "refused")
        /// All attempts failed.
        public static let unavailable = Code(description: "unavailable")
        /// The response is not one that S3 documents.
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
