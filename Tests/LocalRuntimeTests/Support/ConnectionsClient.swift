import AWSSignature
import FoundationEssentials
import NIOCore

/// Calls `@connections` with signed requests, as AWS SDKs do.
struct ConnectionsClient {
    let port: Int
    var credentials = GatewayServer.credentials
    var service = "execute-api"
    var date = Date()

    func call(
        _ method: String,
        _ target: String,
        body: String = "",
        isSigned: Bool = true
    ) async throws -> RawClient.Response {
        let payload = ByteBuffer(string: body)
        var headers = [(name: "Host", value: "127.0.0.1:\(port)")]
        let request = SignableRequest(
            method: method,
            target: target,
            headers: headers,
            payload: PayloadHash(of: Array(payload.readableBytesView))
        )
        if isSigned {
            headers += Signer(credentials: credentials, service: service, region: "us-east-1")
                .headers(for: request, at: date)
        }
        headers.append((name: "Content-Length", value: "\(payload.readableBytes)"))
        let client = try await RawClient.connect(port: port)
        let lines = headers.map { "\($0.name): \($0.value)\r\n" }.joined()
        try await client.send("\(method) \(target) HTTP/1.1\r\n\(lines)\r\n")
        try await client.send(payload)
        let response = try await client.response(toHEAD: method == "HEAD")
        try await client.close()
        return response
    }
}
