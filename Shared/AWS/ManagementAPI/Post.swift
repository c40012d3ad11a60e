import AWSClient
import AWSSignature
import AsyncHTTPClient
import ByteEncodings
import ChatCore
import Connections
import FoundationEssentials
import NIOCore
import NIOHTTP1

/// Sends one request to any number of connections: posts a payload, or closes them.
struct Post: Sendable {
    private static let maximumResponseSize = 65_536

    private let method: HTTPMethod
    /// Nil if the payload is empty.
    private let body: ByteBuffer?
    /// Computed once for all connections.
    private let payloadHash: PayloadHash
    private let endpoint: ServiceEndpoint
    private let signer: Signer
    private let httpClient: HTTPClient
    private let eventLoop: any EventLoop
    private let retryPolicy: RetryPolicy
    private let sleep: @Sendable (Duration) async throws -> Void
    private let deadline: NIODeadline

    init(
        method: HTTPMethod = .POST,
        payload: [UInt8],
        endpoint: ServiceEndpoint,
        signer: Signer,
        httpClient: HTTPClient,
        eventLoop: any EventLoop,
        retryPolicy: RetryPolicy,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.method = method
        body = payload.isEmpty ? nil : ByteBuffer(bytes: payload)
        payloadHash = PayloadHash(of: payload)
        self.endpoint = endpoint
        self.signer = signer
        self.httpClient = httpClient
        self.eventLoop = eventLoop
        self.retryPolicy = retryPolicy
        self.sleep = sleep
        deadline = .now() + TimeAmount(retryPolicy.timeLimit)
    }

    /// Posts to one connection, with retries.
    func deliver(to connection: ConnectionID) async -> Delivery {
        // SDKs escape the at sign, and the signature covers the escaped path.
        let path = "\(endpoint.path)/%40connections/\(PercentEncoding.encode(connection.rawValue))"
        do {
            return try await retryPolicy.attempt(until: deadline, sleep: sleep) { await attempt(path) }
        } catch {
            return .failed(reason: error.description)
        }
    }

    private func attempt(_ path: String) async -> Attempt<Delivery> {
        do {
            let request = try signedRequest(path)
            // The older interface of the client, which does not start a task for each request.
            let response = try await httpClient.execute(
                request: request,
                delegate: ResponseAccumulator(request: request, maxBodySize: Self.maximumResponseSize),
                eventLoop: .delegate(on: eventLoop),
                deadline: min(deadline, .now() + TimeAmount(retryPolicy.attemptTimeLimit))
            ).get()
            return outcome(of: response)
        } catch {
            return .retryable(reason: "\(error)")
        }
    }

    private func signedRequest(_ path: String) throws -> HTTPClient.Request {
        let signable = SignableRequest(
            method: method.rawValue,
            path: path,
            headers: [("Host", endpoint.host)],
            payload: payloadHash
        )
        var headers: HTTPHeaders = ["Host": endpoint.host]
        for header in signer.headers(for: signable, at: Date()) { headers.add(name: header.name, value: header.value) }
        return try HTTPClient.Request(
            url: endpoint.origin + path,
            method: method,
            headers: headers,
            body: body.map { .byteBuffer($0) }
        )
    }

    private func outcome(of response: HTTPClient.Response) -> Attempt<Delivery> {
        let status = response.status.code
        let errorType = response.headers.first(name: "x-amzn-ErrorType").map { " \($0)" } ?? ""
        let reason = "status \(status)\(errorType)"
        return switch status {
        case 200..<300: .ended(.delivered)
        case 410: .ended(.gone)
        case 429, 500...: .retryable(reason: reason)
        default: .ended(.failed(reason: "\(reason) \((response.body.map(String.init(buffer:)) ?? "").prefix(200))"))
        }
    }
}
