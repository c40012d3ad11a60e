/// Why an image could not be resized.
public struct ImageError: Error, Sendable, Hashable, CustomStringConvertible {
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        public let description: String

        /// The input is not an image, is damaged, or has an unsupported format.
        public static let unreadable = Code(description: "unreadable")
        /// The image exceeds a limit for bytes, pixels, frames or memory.
        public static let tooLarge = Code(description: "tooLarge")
        /// The image cannot be made in this size and format. In others it can.
        public static let variantTooLarge = Code(description: "variantTooLarge")
        /// The deadline passed.
        public static let timedOut = Code(description: "timedOut")
        /// The worker was killed from outside, more than once.
        public static let interrupted = Code(description: "interrupted")
        /// The worker or its library is missing, or the system cannot confine the worker.
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
