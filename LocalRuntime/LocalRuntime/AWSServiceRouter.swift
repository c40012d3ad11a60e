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
        if let service = request.service {
            // S3 Control has the same scope.
            return service == "s3" && !request.http.headers.contains(name: "x-amz-account-id")
        }
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
            case "lambda": return request.notEmulated("An operation of Lambda other than Invoke")
            case "execute-api": return request.notEmulated("An operation outside @connections")
            case "s3": return request.notEmulated("The service s3control")
            case let service: return request.notEmulated("The service \(service)")
            }
        } catch {
            return failure(error, request)
        }
    }

    private func failure(_ error: SignatureError, _ request: AWSRequest) -> OutgoingResponse {
        // Some operations of other services are not signed, such as InitiateAuth and AssumeRoleWithWebIdentity.
        if error.code == .missing, let service = request.unsignedService {
            return request.notEmulated("The service \(service)")
        }
        return AWSProtocol(of: request).error(
            .forbidden,
            code: error.code == .missing ? "MissingAuthenticationTokenException" : "InvalidSignatureException",
            message: error.message
        )
    }
}

extension AWSRequest {
    /// The service that an unsigned request names, if that is not SQS.
    fileprivate var unsignedService: String? {
        if let target = http.headers.first(name: "X-Amz-Target")?.split(separator: ".").first {
            return target == "AmazonSQS" ? nil : String(target.prefix(128))
        }
        switch apiVersion {
        case nil, "2012-11-05": return nil
        case "2011-06-15": return "sts"
        case let version?: return "with the API version \(version)"
        }
    }
}
