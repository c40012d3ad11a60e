public import AWSSignature
public import FoundationEssentials
public import HTTPListener
public import NIOCore
import NIOHTTP1

/// An HTTP request to an AWS service, with the claim of its signature parsed once.
///
/// If several services share an address, the claim's scope identifies the service, which then verifies the claim.
public struct AWSRequest: Sendable {
    /// The request itself; without its body until ``withBody(_:)``, if it was made from a head.
    public private(set) var http: IncomingRequest
    /// What the signature covers. Its payload is ``PayloadHash/unsigned``.
    public let signable: SignableRequest
    /// The signature's parameters, not yet verified; the error describes what is missing or malformed.
    public let claim: Result<SignatureClaim, SignatureError>

    public init(_ request: IncomingRequest) {
        http = request
        let signable = SignableRequest(
            method: request.method.rawValue,
            target: request.uri,
            headers: request.headers.map { (name: $0.name, value: $0.value) },
            payload: .unsigned
        )
        self.signable = signable
        claim = Result { () throws(SignatureError) in try SignatureClaim(of: signable) }
    }

    /// The service that the request is signed for; nil without a valid claim of Signature Version 4.
    public var service: String? { try? claim.get().scope.service }

    /// The same request after its body has been read.
    public func withBody(_ body: ByteBuffer) -> AWSRequest {
        var request = self
        request.http.body = body
        return request
    }

    /// Verifies the signature and the hash of the whole body.
    @discardableResult
    public func verified(
        by verifier: RequestVerifier,
        at time: Date = Date()
    ) throws(SignatureError) -> VerifiedSignature {
        var request = signable
        request.payload = PayloadHash(of: Array(http.body.readableBytesView))
        return try verifier.verifier(for: http).verify(request, claim: claim, at: time)
    }

    /// Verifies the signature only. The body must then be checked against ``VerifiedSignature/payload``.
    public func verifiedWithoutBody(
        by verifier: RequestVerifier,
        at time: Date = Date()
    ) throws(SignatureError) -> VerifiedSignature {
        try verifier.verifier(for: http).verify(signable, claim: claim, at: time)
    }
}
