import AWSClient
import AWSSignature
import AsyncHTTPClient
import EventLoopExecution
import FoundationEssentials
import NIOCore
import NIOHTTP1

/// A request to S3.
struct ObjectRequest: Sendable {
    var method: HTTPMethod
    var object: ObjectAddress
    var query = ""
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []
    /// In bytes, for successful responses.
    var maximumResponseSize = maximumErrorSize
    /// In bytes, for error responses.
    static let maximumErrorSize = 65_536

    /// Whether 404 is a valid result, not a failure.
    var allowsMissing: Bool
    /// Whether 412 is a valid result.
    private(set) var requiresAbsence = false

    init(_ method: HTTPMethod, to object: ObjectAddress, allowsMissing: Bool = false) {
        self.method = method
        self.object = object
        self.allowsMissing = allowsMissing
    }

    /// Makes a write fail if the object exists.
    mutating func requireAbsence() {
        headers.append(("If-None-Match", "*"))
        requiresAbsence = true
    }
}

/// A response of S3 with its whole body.
struct ObjectResponse: Sendable {
    var status: UInt
    var headers: HTTPHeaders
    var bytes: [UInt8]

    var text: String { text(first: bytes.count) }

    /// The first `count` bytes as text.
    func text(first count: Int) -> String { String(decoding: bytes.prefix(count), as: UTF8.self) }
}

/// Sends one request, with retries.
struct ObjectExchange: Sendable {
    private let request: ObjectRequest
    private let location: ObjectService.Location
    private let payloadHash: PayloadHash
    private let signer: Signer
    private let client: LazyHTTPClient.Opened
    private let retryPolicy: RetryPolicy
    private let sleep: @Sendable (Duration) async throws -> Void

    init(
        request: ObjectRequest,
        service: ObjectService,
        client: LazyHTTPClient.Opened,
        retryPolicy: RetryPolicy,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.request = request
        location = service.location(request.object.bucket, key: request.object.key)
        payloadHash = request.body.isEmpty ? .empty : PayloadHash(of: request.body)
        signer = service.signer
        self.client = client
        self.retryPolicy = retryPolicy
        self.sleep = sleep
    }

    func run() async throws(ObjectStorageError) -> ObjectResponse {
        let deadline = NIODeadline.now() + TimeAmount(retryPolicy.timeLimit)
        let result: Result<ObjectResponse, ObjectStorageError>
        do throws(RetriesExhausted) {
            result = try await retryPolicy.attempt(until: deadline, sleep: sleep) { await attempt(until: deadline) }
        } catch {
            throw ObjectStorageError(.unavailable, "\(request.method.rawValue) \(location.path): \(error)")
        }
        return try result.get()
    }

    private func attempt(until deadline: NIODeadline) async -> Attempt<Result<ObjectResponse, ObjectStorageError>> {
        do {
            let request = try signedRequest()
            // The older interface of the client, which does not start a task for each request.
            let response = try await client.httpClient.execute(
                request: request,
                delegate: ResponseAccumulator(
                    request: request,
                    maxBodySize: max(self.request.maximumResponseSize, ObjectRequest.maximumErrorSize)
                ),
                eventLoop: .delegate(on: client.executor.eventLoop),
                deadline: min(deadline, .now() + TimeAmount(retryPolicy.attemptTimeLimit))
            ).get()
            return outcome(of: response)
        } catch is ResponseAccumulator.ResponseTooBigError {
            return .ended(.failure(tooLarge))
        } catch {
            return .retryable(reason: "\(error)")
        }
    }

    private func signedRequest() throws -> HTTPClient.Request {
        let headers = [("Host", location.host)] + request.headers
        let signable = SignableRequest(
            method: request.method.rawValue,
            path: location.path,
            query: request.query,
            headers: headers,
            payload: payloadHash
        )
        var all = HTTPHeaders(headers)
        for header in signer.headers(for: signable, at: Date()) { all.add(name: header.name, value: header.value) }
        return try HTTPClient.Request(
            url: location.url + (request.query.isEmpty ? "" : "?\(request.query)"),
            method: request.method,
            headers: all,
            body: request.body.isEmpty ? nil : .bytes(request.body)
        )
    }

    private var tooLarge: ObjectStorageError {
        ObjectStorageError(.tooLarge, "\(location.path) has more than \(request.maximumResponseSize) bytes")
    }

    private func outcome(of response: HTTPClient.Response) -> Attempt<Result<ObjectResponse, ObjectStorageError>> {
        let parsed = ObjectResponse(
            status: response.status.code,
            headers: response.headers,
            bytes: response.body.map { Array($0.readableBytesView) } ?? []
        )
        // A missing bucket is a configuration error, unlike a missing object.
        let errorCode = parsed.status < 300 ? nil : XMLText(parsed.text(first: 4_096)).first("Code")
        let reason = "status \(parsed.status)\(errorCode.map { " \($0)" } ?? "")"
        let refusal = ObjectStorageError(.refused, "\(request.method.rawValue) \(location.path): \(reason)")
        return switch parsed.status {
        case 200..<300 where parsed.bytes.count > request.maximumResponseSize: .ended(.failure(tooLarge))
        case 200..<300: .ended(.success(parsed))
        case 404 where request.allowsMissing && errorCode != "NoSuchBucket": .ended(.success(parsed))
        case 412 where request.requiresAbsence: .ended(.success(parsed))
        // Another request writes the object at the same time.
        case 409 where request.requiresAbsence: .retryable(reason: reason)
        case 429, 500...: .retryable(reason: reason)
        default: .ended(.failure(refusal))
        }
    }
}
