import ChatCore
import FileCredentials

try await Lambda.run {
    FileProxyViewerHandler(verifier: FileCredentialVerifier(try .required(in: .process)))
}
