/// Why a request's signature does not hold.
public struct SignatureError: Error, Sendable, Hashable {
    /// What is wrong; new codes may be added, so it is not an enum.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Base: String {
            case missing, malformed, unsignedHeader, expired, notYetValid, wrongScope, unknownCredentials, mismatch
            case payloadMismatch
        }
        private let base: Base
        public var description: String { base.rawValue }

        /// The request bears no signature at all.
        public static let missing = Code(base: .missing)
        /// There is something that is no signature, or an incomplete one.
        public static let malformed = Code(base: .malformed)
        /// A header that has to be signed is not.
        public static let unsignedHeader = Code(base: .unsignedHeader)
        public static let expired = Code(base: .expired)
        /// Signed in the future, by more than clocks differ.
        public static let notYetValid = Code(base: .notYetValid)
        /// Signed for another service, region or day.
        public static let wrongScope = Code(base: .wrongScope)
        /// The access key is not known, or the session token is not that key's.
        public static let unknownCredentials = Code(base: .unknownCredentials)
        public static let mismatch = Code(base: .mismatch)
        /// The body is not the one that was signed.
        public static let payloadMismatch = Code(base: .payloadMismatch)
    }

    public var code: Code
    /// A sentence for the client, worded as AWS words it where AWS has one; it holds no secret.
    public var message: String

    public init(_ code: Code, message: String) {
        self.code = code
        self.message = message
    }
}
