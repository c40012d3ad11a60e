import AWSClient
import AWSSignature
import AsyncHTTPClient
import ByteEncodings
import ChatCore
import Connections
import FoundationEssentials
import NIOCore
import NIOHTTP1

/// One payload on its way to many connections.
struct Post: Sendable {
    private static let maximumAnswerSize = 65_536

    private let body: ByteBuffer
    /// Hashed once, however many there are to receive it.
    private let payloadHash: PayloadHash
    private let address: EndpointAddress
    private let signer: Signer
    private let httpClient: HTTPClient
    private let eventLoop: any EventLoop
    private let retryPolicy: RetryPolicy
    private let sleep: @Sendable (Duration) async throws -> Void
    private let deadline: NIODeadline

    init(
        payload: [UInt8],
        address: EndpointAddress,
        signer: Signer,
        httpClient: HTTPClient,
        eventLoop: any EventLoop,
        retryPolicy: RetryPolicy,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        body = ByteBuffer(bytes: payload)
        payloadHash = PayloadHash(of: payload)
        self.address = address
        self.signer = signer
        self.httpClient = httpClient
        self.eventLoop = eventLoop
        self.retryPolicy = retryPolicy
        self.sleep = sleep
        deadline = .now() + TimeAmount(retryPolicy.timeLimit)
    }

    /// Tries until the connection has it, is gone, or nothing more can be done.
    func deliver(to connection: ConnectionID) async -> Delivery {
        let path = address.path + PercentEncoding.encode(connection.rawValue)
        do {
            return try await retryPolicy.attempt(until: deadline, sleep: sleep) { await attempt(path) }
        } catch {
            return .failed(reason: error.description)
        }
    }

    private func attempt(_ path: String) async -> Attempt<Delivery> {
        do {
            let request = try signedRequest(path)
            // The client's older interface, which starts no task of its own for each request.
            let response = try await httpClient.execute(
                request: request,
                delegate: ResponseAccumulator(request: request, maxBodySize: Self.maximumAnswerSize),
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
            method: "POST",
            path: path,
            headers: [("Host", address.host)],
            payload: payloadHash
        )
        var headers: HTTPHeaders = ["Host": address.host]
        for header in signer.headers(for: signable, at: Date()) { headers.add(name: header.name, value: header.value) }
        return try HTTPClient.Request(
            url: address.origin + path,
            method: .POST,
            headers: headers,
            body: .byteBuffer(body)
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
