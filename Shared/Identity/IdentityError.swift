/// Why a token is not believed.
public struct IdentityError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of failure this is; new codes may be added, so it is not an enum.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Base: String { case invalid, unavailable }
        private let base: Base
        public var description: String { base.rawValue }

        /// The token is bad: answer 401.
        public static let invalid = Code(base: .invalid)
        /// The issuer's keys cannot be had, so nobody knows: answer 500.
        public static let unavailable = Code(base: .unavailable)
    }

    public var code: Code
    /// A sentence for the log and for people who debug; it holds nothing of the token's content.
    public var reason: String

    public init(_ code: Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    static func invalid(_ reason: String) -> IdentityError { IdentityError(.invalid, reason) }
    static func unavailable(_ reason: String) -> IdentityError { IdentityError(.unavailable, reason) }

    public var description: String { "\(code): \(reason)" }
}
