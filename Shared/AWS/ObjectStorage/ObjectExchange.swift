import AWSClient
import AWSSignature
import AsyncHTTPClient
import EventLoopExecution
import FoundationEssentials
import NIOCore
import NIOHTTP1

struct ObjectRequest: Sendable {
    var method: HTTPMethod
    var object: ObjectAddress
    var query = ""
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []
    /// In bytes; what tells of a failure may have more.
    var maximumAnswerSize = largestFailure
    static let largestFailure = 65_536

    /// A 404 answers the question, and is no failure.
    var missingIsAnswer: Bool

    init(_ method: HTTPMethod, to object: ObjectAddress, missingIsAnswer: Bool = false) {
        self.method = method
        self.object = object
        self.missingIsAnswer = missingIsAnswer
    }
}

struct ObjectAnswer: Sendable {
    var status: UInt
    var headers: HTTPHeaders
    var bytes: [UInt8]

    var text: String { text(first: bytes.count) }

    /// - Parameter count: Of bytes.
    func text(first count: Int) -> String { String(decoding: bytes.prefix(count), as: UTF8.self) }
}

/// One request on its way, as often as it takes.
struct ObjectExchange: Sendable {
    private let request: ObjectRequest
    private let location: ObjectService.Location
    private let payloadHash: PayloadHash
    private let signer: Signer
    private let connections: HTTPConnections.Opened
    private let retryPolicy: RetryPolicy
    private let sleep: @Sendable (Duration) async throws -> Void

    init(
        request: ObjectRequest,
        service: ObjectService,
        connections: HTTPConnections.Opened,
        retryPolicy: RetryPolicy,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.request = request
        location = service.location(request.object.bucket, key: request.object.key)
        payloadHash = request.body.isEmpty ? .empty : PayloadHash(of: request.body)
        signer = service.signer
        self.connections = connections
        self.retryPolicy = retryPolicy
        self.sleep = sleep
    }

    func run() async throws(ObjectStorageError) -> ObjectAnswer {
        let deadline = NIODeadline.now() + TimeAmount(retryPolicy.timeLimit)
        let result: Result<ObjectAnswer, ObjectStorageError>
        do throws(GaveUp) {
            result = try await retryPolicy.attempt(until: deadline, sleep: sleep) { await attempt(until: deadline) }
        } catch {
            throw ObjectStorageError(.unavailable, "\(request.method.rawValue) \(location.path): \(error)")
        }
        return try result.get()
    }

    private func attempt(until deadline: NIODeadline) async -> Attempt<Result<ObjectAnswer, ObjectStorageError>> {
        do {
            let request = try signedRequest()
            // The client's older interface, which starts no task of its own for each request.
            let response = try await connections.httpClient.execute(
                request: request,
                delegate: ResponseAccumulator(
                    request: request,
                    maxBodySize: max(self.request.maximumAnswerSize, ObjectRequest.largestFailure)
                ),
                eventLoop: .delegate(on: connections.executor.eventLoop),
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
        ObjectStorageError(.tooLarge, "\(location.path) has more than \(request.maximumAnswerSize) bytes")
    }

    private func outcome(of response: HTTPClient.Response) -> Attempt<Result<ObjectAnswer, ObjectStorageError>> {
        let answer = ObjectAnswer(
            status: response.status.code,
            headers: response.headers,
            bytes: response.body.map { Array($0.readableBytesView) } ?? []
        )
        // A bucket that is not there is a fault of the configuration, and no object that is not there.
        let errorCode = answer.status < 300 ? nil : XMLText(answer.text(first: 4_096)).first("Code")
        let reason = "status \(answer.status)\(errorCode.map { " \($0)" } ?? "")"
        let refusal = ObjectStorageError(.refused, "\(request.method.rawValue) \(location.path): \(reason)")
        return switch answer.status {
        case 200..<300 where answer.bytes.count > request.maximumAnswerSize: .ended(.failure(tooLarge))
        case 200..<300: .ended(.success(answer))
        case 404 where request.missingIsAnswer && errorCode != "NoSuchBucket": .ended(.success(answer))
        case 429, 500...: .retryable(reason: reason)
        default: .ended(.failure(refusal))
        }
    }
}
