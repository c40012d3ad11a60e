import AsyncHTTPClient
import ChatStore
import NIOCore
import NIOHTTP1
import ServiceEvents

/// Where a custom resource's outcome goes.
enum CloudFormation {
    /// Puts the response to the presigned URL of the request.
    ///
    /// The URL is signed for an empty content type, so that any other one is refused.
    static func send(_ response: CustomResourceResponse, to url: String) async throws {
        var request = HTTPClientRequest(url: url)
        request.method = .PUT
        request.headers.add(name: "content-type", value: "")
        request.body = .bytes(ByteBuffer(bytes: try response.json()))

        let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        guard (200..<300).contains(answer.status.code) else { throw ResponseRefused(status: answer.status.code) }
    }
}

/// CloudFormation did not take a response; its stack waits until it times out.
struct ResponseRefused: Error, CustomStringConvertible {
    let status: UInt

    var description: String { "The response to CloudFormation was answered with \(status)." }
}
