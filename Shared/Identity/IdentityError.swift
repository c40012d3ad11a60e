/// Why a token was not accepted.
public struct IdentityError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure. Not an enum, because codes may be added.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Base: String { case invalid, unavailable }
        private let base: Base
        public var description: String { base.rawValue }

        /// The token is invalid; answer 401.
        public static let invalid = Code(base: .invalid)
        /// The issuer's keys are unavailable, so the token cannot be verified; answer 500.
        public static let unavailable = Code(base: .unavailable)
    }

    public var code: Code
    /// For the log. Contains no part of the token.
    public var reason: String

    public init(_ code: Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    static func invalid(_ reason: String) -> IdentityError { IdentityError(.invalid, reason) }
    static func unavailable(_ reason: String) -> IdentityError { IdentityError(.unavailable, reason) }

    public var description: String { "\(code): \(reason)" }
}
