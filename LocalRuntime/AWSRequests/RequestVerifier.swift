public import AWSSignature
public import HTTPListener

/// Verifies the signatures of requests, with credentials that depend on where a request is from.
public struct RequestVerifier: Sendable {
    /// For requests that programs on this machine have sent.
    public var localPrograms: SignatureVerifier
    /// For requests that a browser may have sent, and those of other machines.
    public var others: SignatureVerifier

    public init(localPrograms: SignatureVerifier, others: SignatureVerifier) {
        self.localPrograms = localPrograms
        self.others = others
    }

    /// The same verifier for all requests.
    public init(_ verifier: SignatureVerifier) { self.init(localPrograms: verifier, others: verifier) }

    public func verifier(for request: IncomingRequest) -> SignatureVerifier {
        request.isFromThisMachine && !request.headers.mayBeFromBrowser ? localPrograms : others
    }

    /// The same credentials with other requirements.
    public func with(_ change: (inout SignatureVerifier) -> Void) -> RequestVerifier {
        var copy = self
        change(&copy.localPrograms)
        change(&copy.others)
        return copy
    }
}
