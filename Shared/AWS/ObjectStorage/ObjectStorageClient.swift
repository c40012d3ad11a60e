public import AWSClient
import AWSSignature
import ByteEncodings
import EventLoopExecution
import FoundationEssentials
public import LambdaRuntime
import NIOHTTP1

/// Speaks to S3.
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
public final class ObjectStorageClient: Objects {
    /// How many connections are held open.
    static let maximumConcurrency = 16

    private let service: ObjectService
    private let retryPolicy: RetryPolicy
    private let sleep: @Sendable (Duration) async throws -> Void
    private let connections = HTTPConnections(maximumConcurrency: maximumConcurrency)

    /// A client for the service that the environment names; nothing is opened before the first request.
    public convenience init(environment: Environment = .process) throws {
        self.init(service: try ObjectService(environment: environment))
    }

    /// - Parameter sleep: Waits between attempts.
    public init(
        service: ObjectService,
        retryPolicy: RetryPolicy = RetryPolicy(),
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.service = service
        self.retryPolicy = retryPolicy
        self.sleep = sleep
    }

    /// Closes what was opened. A function never does: it keeps its connections from one invocation to the next.
    public func shutdown() async throws {
        try await connections.shutdown()
    }

    public func head(_ object: ObjectAddress) async throws(ObjectStorageError) -> ObjectMetadata? {
        let answer = try await send(ObjectRequest(.HEAD, to: object, missingIsAnswer: true))
        return answer.status == 404 ? nil : try ObjectMetadata(answer.headers)
    }

    public func get(
        _ object: ObjectAddress,
        range: ClosedRange<Int64>?,
        limit: Int
    ) async throws(ObjectStorageError) -> StoredObject? {
        var request = ObjectRequest(.GET, to: object, missingIsAnswer: true)
        if let range { request.headers.append(("Range", "bytes=\(range.lowerBound)-\(range.upperBound)")) }
        request.maximumAnswerSize = limit
        let answer = try await send(request)
        guard answer.status != 404 else { return nil }
        return StoredObject(bytes: answer.bytes, metadata: try ObjectMetadata(answer.headers))
    }

    public func put(
        _ bytes: [UInt8],
        contentType: String,
        at object: ObjectAddress
    ) async throws(ObjectStorageError) -> String {
        var request = ObjectRequest(.PUT, to: object)
        request.headers.append(("Content-Type", contentType))
        request.body = bytes
        return try ObjectMetadata(try await send(request).headers, size: Int64(bytes.count)).etag
    }

    public func delete(_ object: ObjectAddress) async throws(ObjectStorageError) {
        _ = try await send(ObjectRequest(.DELETE, to: object, missingIsAnswer: true))
    }

    public func list(
        _ bucket: String,
        after key: String?,
        limit: Int
    ) async throws(ObjectStorageError) -> ObjectList {
        var request = ObjectRequest(.GET, to: ObjectAddress(bucket: bucket, key: ""))
        // Keys come percent-encoded, so that none can hold anything that XML would have to escape.
        request.query = "encoding-type=url&list-type=2&max-keys=\(limit)"
        if let key { request.query += "&start-after=\(PercentEncoding.encode(key))" }
        request.maximumAnswerSize = 4_194_304
        return try ObjectList(xml: try await send(request).text)
    }

    public func createMultipartUpload(
        _ object: ObjectAddress,
        contentType: String
    ) async throws(ObjectStorageError) -> String {
        var request = ObjectRequest(.POST, to: object)
        request.query = "uploads="
        request.headers.append(("Content-Type", contentType))
        guard let id = XMLText(try await send(request).text).first("UploadId"), !id.isEmpty else {
            throw ObjectStorageError(.malformed, "an upload was begun without an id")
        }
        return id
    }

    private func send(_ request: ObjectRequest) async throws(ObjectStorageError) -> ObjectAnswer {
        let open = connections.opened()
        let exchange = ObjectExchange(
            request: request,
            service: service,
            connections: open,
            retryPolicy: retryPolicy,
            sleep: sleep
        )
        let result = await withTaskExecutorPreference(open.executor) { await Self.run(exchange) }
        return try result.get()
    }

    /// Leaves whatever thread the caller is on.
    @concurrent
    private static func run(_ exchange: ObjectExchange) async -> Result<ObjectAnswer, ObjectStorageError> {
        do throws(ObjectStorageError) {
            return .success(try await exchange.run())
        } catch {
            return .failure(error)
        }
    }
}

extension ObjectMetadata {
    /// - Parameter size: Where the headers do not tell.
    fileprivate init(_ headers: HTTPHeaders, size: Int64? = nil) throws(ObjectStorageError) {
        // Of a part, the total comes last: `bytes 0-1023/146515`.
        let total = headers.first(name: "Content-Range").map { $0.split(separator: "/").last.map(String.init) ?? "" }
        guard
            let size = size ?? Int64(total ?? headers.first(name: "Content-Length") ?? ""),
            let etag = headers.first(name: "ETag")
        else { throw ObjectStorageError(.malformed, "an object without a size or an ETag") }
        self.init(
            size: size,
            etag: String(etag.trimmingPrefix("\"").prefix { $0 != "\"" }),
            contentType: headers.first(name: "Content-Type")
        )
    }
}
