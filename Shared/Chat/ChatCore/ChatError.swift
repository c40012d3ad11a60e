/// A failure that the client is told about.
///
/// Whatever else a handler throws reaches the client as ``Code/internal`` and nothing more, and the log in full.
public struct ChatError: Error, Sendable {
    public let code: Code
    /// One sentence for the client that says what to change.
    public let message: String
    /// Seconds after which to try again, where that is known.
    public let retryAfter: Int?
    /// For the log only.
    public let underlying: (any Error)?

    public init(_ code: Code, _ message: String, retryAfter: Int? = nil, underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
        self.underlying = underlying
    }
}

extension ChatError {
    /// What kind of failure it is, for programs. There may be more of them one day, so it is no enum.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// As the client sees it.
        public let description: String
        /// The status of an HTTP response, and of a refused handshake.
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
        /// What the answer depends on answered with a failure.
        public static let badGateway = Code(description: "bad_gateway", httpStatus: 502)
        /// What the answer depends on does not answer.
        public static let unavailable = Code(description: "unavailable", httpStatus: 503)
    }

    /// All that a client learns of a failure that is ours.
    static func opaque(_ error: any Error) -> ChatError {
        ChatError(.internal, "Something went wrong on our side; try again.", underlying: error)
    }
}
