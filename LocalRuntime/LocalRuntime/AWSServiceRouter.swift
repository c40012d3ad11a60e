import AWSSignature
import EmulatorCore
import FoundationEssentials
import GatewayCore
import HTTPListener
import LambdaHost
import NIOCore
import NIOHTTP1
import S3API
import SQS
import WebSocketGateway

/// What functions see: the AWS services behind `AWS_ENDPOINT_URL`.
///
/// Which service a request is for is told by its path, or by the scope of its signature.
struct AWSServiceRouter: RequestResponder {
    let management: ManagementAPI
    let lambda: InvokeAPI
    let queues: SQSAPI
    let verifier: SignatureVerifier
    let customResources: CustomResources
    let objects: S3API

    /// Requests for S3, which may be of any size.
    func streamingResponder(for request: IncomingRequest) -> (any StreamingResponder)? {
        if let claim = try? SignatureClaim(of: signable(request)) {
            return claim.scope.service == "s3" ? objects : nil
        }
        // Forms and what browsers ask first are signed elsewhere or not at all, and no other service has such requests.
        let isForOthers =
            ManagementAPI.matches(request.path) || CustomResources.matches(request.path) || InvokeAPI.matches(request)
            || (request.method == .POST && request.path == "/"
                && BucketHost.bucket(in: request.headers.first(name: "host") ?? "") == nil)
        return isForOthers ? nil : objects
    }

    func upgrade(_ request: IncomingRequest) async -> UpgradeDecision {
        .refuse(.message(.forbidden, "Forbidden"))
    }

    func respond(to request: IncomingRequest) async -> OutgoingResponse {
        if let response = await management.respond(to: request) { return response }
        if let response = customResources.respond(to: request) { return response }
        do throws(SignatureError) {
            let signature = try verifier.verify(signable(request), at: Date())
            if signature.scope.service == "sqs" { return await queues.respond(to: request) }
            guard signature.scope.service == "lambda" else {
                return notEmulated("The service \(signature.scope.service) is not emulated.")
            }
            guard InvokeAPI.matches(request) else { return notEmulated("Of Lambda's API only Invoke is emulated.") }
            return await lambda.respond(to: request)
        } catch {
            let isMissing = error.code == .missing
            return failure(
                .forbidden,
                isMissing ? "MissingAuthenticationTokenException" : "InvalidSignatureException",
                error.message
            )
        }
    }

    private func signable(_ request: IncomingRequest) -> SignableRequest {
        SignableRequest(
            method: request.method.rawValue,
            target: request.uri,
            headers: request.headers.map { (name: $0.name, value: $0.value) },
            payload: PayloadHash(of: Array(request.body.readableBytesView))
        )
    }

    private func notEmulated(_ sentence: String) -> OutgoingResponse {
        failure(.notImplemented, "NotImplementedException", sentence)
    }

    private func failure(_ status: HTTPResponseStatus, _ type: String, _ message: String) -> OutgoingResponse {
        var json = JSONWriter()
        json.object { $0.field("message", message) }
        return .json(status, String(buffer: json.buffer), headers: ["x-amzn-ErrorType": type])
    }
}
