import AWSSignature
import HTTPListener
import ObjectStore

/// A request with its sender and its body.
struct S3Call {
    let request: S3Request
    let requester: Requester
    let body: RequestBodyStream
    let verifier: SignatureVerifier
    let region: String

    var receiver: BodyReceiver { BodyReceiver(request: request, requester: requester, body: body, verifier: verifier) }

    var origin: RequestOrigin {
        RequestOrigin(
            requestID: request.requestID,
            sourceIP: request.remoteAddress,
            principalID: requester.signature.map { "AWS:\($0.accessKeyID)" } ?? "Anonymous",
            region: region
        )
    }

    /// Reads the body as an XML document.
    ///
    /// - Parameters:
    ///   - root: The name of the outermost element.
    ///   - checksumIsOfObject: Whether the checksum in the headers is that of an object, not of the document.
    func document(_ root: String, checksumIsOfObject: Bool = false) async throws -> XMLElement {
        try XMLElement(parsing: await receiver.document(checksumIsOfObject: checksumIsOfObject), root: root)
    }
}
