import AsyncHTTPClient
import ChatStore
import NIOCore
import NIOHTTP1
import ServiceEvents

/// Reports the outcome of a custom resource to CloudFormation.
enum CloudFormation {
    /// Puts the response at the presigned URL of the request.
    ///
    /// The URL is signed for an empty content type; S3 refuses any other.
    static func send(_ response: CustomResourceResponse, to url: String) async throws {
        var request = HTTPClientRequest(url: url)
        request.method = .PUT
        request.headers.add(name: "content-type", value: "")
        request.body = .bytes(ByteBuffer(bytes: try response.json()))

        let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        guard (200..<300).contains(answer.status.code) else { throw ResponseRefused(status: answer.status.code) }
    }
}

/// The presigned URL did not accept the response. The stack waits until the resource times out.
struct ResponseRefused: Error, CustomStringConvertible {
    let status: UInt

    var description: String { "The response to CloudFormation was refused with status \(status)." }
}
