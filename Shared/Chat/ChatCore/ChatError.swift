/// A failure that the client sees, with a code for programs and a sentence for people.
///
/// Any other error that a handler throws is logged, and the client only sees ``Code/internal``.
public struct ChatError: Error, Sendable {
    public let code: Code
    /// One sentence for the client: what to change.
    public let message: String
    /// When to try again, in milliseconds from now; nil if that is not known.
    public let retryAfterMilliseconds: Int?
    /// Only for the log.
    public let underlying: (any Error)?

    /// - Parameter retryAfter: When to try again, in seconds from now.
    public init(_ code: Code, _ message: String, retryAfter: Int? = nil, underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.retryAfterMilliseconds = retryAfter.map { $0 * 1000 }
        self.underlying = underlying
    }

    public init(_ code: Code, _ message: String, retryAfterMilliseconds: Int) {
        self.code = code
        self.message = message
        self.retryAfterMilliseconds = retryAfterMilliseconds
        underlying = nil
    }

    /// When to try again, in whole seconds from now, rounded up.
    public var retryAfter: Int? { retryAfterMilliseconds.map { ($0 + 999) / 1000 } }
}

extension ChatError {
    /// The kind of failure. Not an enum, so that adding a code breaks no caller.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The text that clients see.
        public let description: String
        /// The status of the HTTP response or of the refused WebSocket handshake.
        public let httpStatus: Int

        public static let invalidRequest = Code(description: "invalid_request", httpStatus: 400)
        public static let unknownAction = Code(description: "unknown_action", httpStatus: 400)
        public static let unauthorized = Code(description: "unauthorized", httpStatus: 401)
        public static let notAParticipant = Code(description: "not_a_participant", httpStatus: 403)
        public static let notFound = Code(description: "not_found", httpStatus: 404)
        public static let conflict = Code(description: "conflict", httpStatus: 409)
        public static let tooLarge = Code(description: "too_large", httpStatus: 413)
        public static let unreadable = Code(description: "unreadable", httpStatus: 422)
        public static let rateLimited = Code(description: "rate_limited", httpStatus: 429)
        public static let `internal` = Code(description: "internal", httpStatus: 500)
        /// A service that the response depends on failed.
        public static let badGateway = Code(description: "bad_gateway", httpStatus: 502)
        /// A service that the response depends on does not respond.
        public static let unavailable = Code(description: "unavailable", httpStatus: 503)
    }

    /// What a client sees of an error that it did not cause.
    static func opaque(_ error: any Error) -> ChatError {
        ChatError(.internal, "Something went wrong on our side; try again.", underlying: error)
    }
}
