public import AWSRequests
import AWSSignature
import EmulatorCore
public import HTTPListener
public import Logging
import NIOCore
import NIOHTTP1
public import ObjectStore

/// S3's operations over HTTP.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
public struct S3API: Sendable {
    let store: ObjectStore
    let authenticator: RequestAuthenticator
    let region: String
    let accountID: String
    let logger: Logger
    let isDestination: @Sendable (_ arn: String) -> Bool

    /// - Parameters:
    ///   - verifier: Knows the credentials; its service and tolerance are replaced with those of S3.
    ///   - isDestination: Whether events can be sent to an ARN.
    public init(
        store: ObjectStore,
        verifier: RequestVerifier,
        isDestination: @escaping @Sendable (_ arn: String) -> Bool,
        region: String,
        accountID: String,
        logger: Logger
    ) {
        self.store = store
        self.region = region
        self.accountID = accountID
        self.logger = logger
        self.isDestination = isDestination
        authenticator = RequestAuthenticator(
            verifier: verifier.with { verifier in
                verifier.service = "s3"
                verifier.clockTolerance = 900
                // The default of boto3 for presigned URLs.
                verifier.allowsVersion2 = true
            }
        )
    }

    /// Responds to a request, reading its body as far as it is needed. Failures are responses too.
    public func respond(to request: AWSRequest, body: RequestBodyStream) async -> OutgoingResponse {
        var response = await response(to: request, body: body)
        response.isolateFromBrowsers()
        return response
    }

    private func response(to awsRequest: AWSRequest, body: RequestBodyStream) async -> OutgoingResponse {
        let incoming = awsRequest.http
        let request: S3Request
        do {
            request = try S3Request(incoming)
        } catch {
            return failure(error, resource: incoming.uri, requestID: "0000000000000000", method: incoming.method)
        }
        var response: OutgoingResponse
        do {
            response = try await answer(request, awsRequest, body)
        } catch let error as ObjectStoreError {
            if error.code == .storageFailed {
                logger.warning("S3 cannot read or write", metadata: ["error": "\(error)"])
            }
            response = failure(S3Error(error, request), request)
        } catch {
            response = failure(error, request)
        }
        response.headers.replaceOrAdd(name: "x-amz-request-id", value: request.requestID)
        response.headers.replaceOrAdd(name: "x-amz-id-2", value: request.requestID)
        response.headers.replaceOrAdd(name: "Server", value: "AmazonS3")
        addCrossOriginHeaders(to: &response, request)
        return response
    }

    private func answer(
        _ request: S3Request,
        _ awsRequest: AWSRequest,
        _ body: RequestBodyStream
    ) async throws -> OutgoingResponse {
        if request.method == .OPTIONS { return try preflight(request) }
        let call = S3Call(
            request: request,
            requester: try authenticator.requester(of: awsRequest),
            body: body,
            verifier: authenticator.verifier.verifier(for: awsRequest.http),
            region: region
        )
        try authorize(call)
        guard request.bucket != nil else {
            guard request.method == .GET else { throw S3Error.methodNotAllowed }
            return listBuckets(call)
        }
        if let owner = request.header("x-amz-expected-bucket-owner"), owner != accountID {
            throw S3Error.accessDenied
        }
        return try await request.key == nil ? answerForBucket(call) : answerForObject(call)
    }

    private func failure(_ error: any Error, _ request: S3Request) -> OutgoingResponse {
        failure(error, resource: request.resource, requestID: request.requestID, method: request.method)
    }

    private func failure(
        _ error: any Error,
        resource: String,
        requestID: String,
        method: HTTPMethod
    ) -> OutgoingResponse {
        let error =
            switch error {
            case let error as S3Error: error
            case RequestBodyError.incomplete: S3Error.incompleteBody
            case RequestBodyError.stalled: S3Error.requestTimeout
            default: S3Error(.internalServerError, "InternalError", "We encountered an internal error.")
            }
        guard error.status != .notModified else {
            return OutgoingResponse(status: .notModified, headers: error.headers)
        }
        let document = XMLWriter.document("Error", hasNamespace: false) { xml in
            xml.element("Code", error.code)
            xml.element("Message", error.message)
            for (name, value) in error.details { xml.element(name, value) }
            xml.element("Resource", resource)
            xml.element("RequestId", requestID)
            xml.element("HostId", requestID)
        }
        var headers = error.headers
        headers.add(name: "Content-Type", value: "application/xml")
        return OutgoingResponse(status: error.status, headers: headers, body: .bytes(document))
    }
}

extension OutgoingResponse {
    /// Prevents a browser from running scripts of an object, whatever its content type. S3 does not send these headers:
    /// there each bucket has an origin, which here all buckets share with each other and with all services.
    fileprivate mutating func isolateFromBrowsers() {
        headers.replaceOrAdd(name: "Content-Security-Policy", value: "sandbox")
        headers.replaceOrAdd(name: "X-Content-Type-Options", value: "nosniff")
    }

    static func xml(_ document: ByteBuffer, headers: HTTPHeaders = [:]) -> OutgoingResponse {
        var headers = headers
        headers.add(name: "Content-Type", value: "application/xml")
        return OutgoingResponse(status: .ok, headers: headers, body: .bytes(document))
    }

    static func empty(_ status: HTTPResponseStatus = .ok, headers: HTTPHeaders = [:]) -> OutgoingResponse {
        OutgoingResponse(status: status, headers: headers)
    }
}
