import AWSRequests
import AWSSignature
import EmulatorCore
import HTTPListener
import LambdaHost
import NIOCore
import NIOHTTP1
import S3API
import SQS
import WebSocketGateway

/// Routes the requests of functions to the AWS services behind `AWS_ENDPOINT_URL`.
///
/// The path of a request, or else the scope of its signature, identifies the service.
struct AWSServiceRouter: RequestResponder {
    let connections: ConnectionsAPI
    let lambda: InvokeAPI
    let queues: SQSAPI
    let objects: S3API
    let customResources: CustomResources
    let verifier: RequestVerifier
    let policy: RequestPolicy

    /// Requests for S3 are streamed, because objects may be larger than any buffer. They may be from pages, which have
    /// presigned URLs and forms; requests for other services may not.
    func handler(for head: IncomingRequest) -> RequestHandler {
        let request = AWSRequest(head)
        guard isForS3(request) else {
            if let denial = policy.denial(of: head.headers, for: .none) {
                return .streaming { _, _ in .refusal(for: denial) }
            }
            if CustomResources.matches(head.path) { return customResources.handler(for: head) }
            return .buffered { await respond(to: request.withBody($0.body)) }
        }
        return .streaming { _, body in await objects.respond(to: request, body: body) }
    }

    func respond(to request: IncomingRequest) async -> OutgoingResponse { await respond(to: AWSRequest(request)) }

    func upgrade(_ request: IncomingRequest) async -> UpgradeDecision {
        .refuse(.message(.forbidden, "Forbidden"))
    }

    private func isForS3(_ request: AWSRequest) -> Bool {
        if let service = request.service { return service == "s3" }
        // Browser form posts, CORS preflight requests and public objects have no signature in the headers or the query,
        // and only S3 has such requests.
        let http = request.http
        let isForAnother =
            ConnectionsAPI.matches(http.path) || CustomResources.matches(http.path) || InvokeAPI.matches(http)
            || (http.method == .POST && http.path == "/"
                && BucketHost.bucket(in: http.headers.first(name: "host") ?? "") == nil)
        return !isForAnother
    }

    private func respond(to request: AWSRequest) async -> OutgoingResponse {
        if let response = connections.respond(to: request) { return response }
        do throws(SignatureError) {
            let signature = try request.verified(by: verifier)
            switch signature.scope.service {
            case "sqs": return await queues.respond(to: request.http)
            case "lambda" where InvokeAPI.matches(request.http): return await lambda.respond(to: request.http)
            case "lambda": return notEmulated("Only the Invoke operation of Lambda is emulated.")
            case let service: return notEmulated("The service \(service) is not emulated.")
            }
        } catch {
            let type = error.code == .missing ? "MissingAuthenticationTokenException" : "InvalidSignatureException"
            return failure(.forbidden, type, error.message)
        }
    }

    private func notEmulated(_ message: String) -> OutgoingResponse {
        failure(.notImplemented, "NotImplementedException", message)
    }

    private func failure(_ status: HTTPResponseStatus, _ type: String, _ message: String) -> OutgoingResponse {
        .message(status, message, headers: ["x-amzn-ErrorType": type])
    }
}
