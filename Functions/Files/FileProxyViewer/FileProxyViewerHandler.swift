import FileCredentials
import Files
import FoundationEssentials

/// Decides whether a file may be read by the credential of its URL, and by nothing else: it looks nothing up.
struct FileProxyViewerHandler: LambdaHandler {
    let verifier: FileCredentialVerifier
    var now: @Sendable () -> Date = { .now }

    func handle(_ event: HTTPAuthorizerEvent, context: LambdaContext) async throws -> HTTPAuthorizerResponse {
        guard let file = event.pathParameters?["fileId"].flatMap({ FileID(rawValue: $0) }) else {
            return HTTPAuthorizerResponse(isAuthorized: false)
        }
        do {
            _ = try verifier.verify(event.queryStringParameters?["s"], for: file, at: now())
            return HTTPAuthorizerResponse(isAuthorized: true)
        } catch {
            context.logger.info("File credential refused", metadata: ["file": "\(file)", "error": "\(error)"])
            return HTTPAuthorizerResponse(isAuthorized: false)
        }
    }
}
