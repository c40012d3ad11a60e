/// Why an image could not be made.
public struct ImageError: Error, Sendable, Hashable, CustomStringConvertible {
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        public let description: String

        /// No image, a damaged one, or one of a kind that is not read.
        public static let unreadable = Code(description: "unreadable")
        /// It has more pixels or frames, or needs more memory, than is allowed.
        public static let tooLarge = Code(description: "tooLarge")
        /// It took too long.
        public static let timedOut = Code(description: "timedOut")
        /// The worker or its library is not there.
        public static let unavailable = Code(description: "unavailable")
    }

    public var code: Code
    /// For the log.
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { "Image, \(code): \(message)" }
}
