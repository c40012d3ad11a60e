/// Why a request's signature is rejected.
public struct SignatureError: Error, Sendable, Hashable {
    /// The kind of failure. Not an enum, because codes may be added.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Base: String {
            case missing, malformed, unsignedHeader, expired, notYetValid, wrongScope, unknownCredentials, mismatch
            case payloadMismatch
        }
        private let base: Base
        public var description: String { base.rawValue }

        /// The request has no signature.
        public static let missing = Code(base: .missing)
        /// The signature or one of its parameters is malformed or missing.
        public static let malformed = Code(base: .malformed)
        /// A header that has to be signed is not.
        public static let unsignedHeader = Code(base: .unsignedHeader)
        public static let expired = Code(base: .expired)
        /// The signing time is in the future, beyond the clock tolerance.
        public static let notYetValid = Code(base: .notYetValid)
        /// The signature is for another service, region or day.
        public static let wrongScope = Code(base: .wrongScope)
        /// The access key is unknown, or the session token does not belong to it.
        public static let unknownCredentials = Code(base: .unknownCredentials)
        public static let mismatch = Code(base: .mismatch)
        /// The body is not the one that was signed.
        public static let payloadMismatch = Code(base: .payloadMismatch)
    }

    public var code: Code
    /// For the client, in AWS's wording where it is known. It contains no secrets.
    public var message: String

    public init(_ code: Code, message: String) {
        self.code = code
        self.message = message
    }
}
