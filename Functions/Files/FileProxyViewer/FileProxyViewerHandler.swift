import FileCredentials
import Files
import FoundationEssentials

/// Decides from the credential in a file's URL alone whether the file may be read.
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
