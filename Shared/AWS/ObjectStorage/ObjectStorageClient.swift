public import AWSClient
import AWSSignature
import ByteEncodings
import EventLoopExecution
import FoundationEssentials
public import LambdaRuntime
import NIOHTTP1

/// A client for S3.
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
public final class ObjectStorageClient: Objects {
    /// The number of connections kept open.
    static let maximumConcurrency = 16

    private let service: ObjectService
    private let retryPolicy: RetryPolicy
    private let sleep: @Sendable (Duration) async throws -> Void
    private let client = LazyHTTPClient(maximumConcurrency: maximumConcurrency)

    /// A client for the service that the environment configures. It connects with the first request.
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

    /// Closes the connections. Functions never do: they keep them between invocations.
    public func shutdown() async throws {
        try await client.shutdown()
    }

    public func head(_ object: ObjectAddress) async throws(ObjectStorageError) -> ObjectMetadata? {
        let response = try await send(ObjectRequest(.HEAD, to: object, allowsMissing: true))
        return response.status == 404 ? nil : try ObjectMetadata(response.headers)
    }

    public func get(
        _ object: ObjectAddress,
        range: ClosedRange<Int64>?,
        limit: Int
    ) async throws(ObjectStorageError) -> FetchedObject? {
        var request = ObjectRequest(.GET, to: object, allowsMissing: true)
        if let range { request.headers.append(("Range", "bytes=\(range.lowerBound)-\(range.upperBound)")) }
        request.maximumResponseSize = limit
        let response = try await send(request)
        guard response.status != 404 else { return nil }
        return FetchedObject(bytes: response.bytes, metadata: try ObjectMetadata(response.headers))
    }

    public func put(
        _ bytes: [UInt8],
        contentType: String,
        at object: ObjectAddress
    ) async throws(ObjectStorageError) -> String {
        let request = Self.put(bytes, contentType: contentType, at: object)
        return try ObjectMetadata(try await send(request).headers, size: Int64(bytes.count)).etag
    }

    public func create(
        _ bytes: [UInt8],
        contentType: String,
        at object: ObjectAddress
    ) async throws(ObjectStorageError) -> String? {
        var request = Self.put(bytes, contentType: contentType, at: object)
        request.requireAbsence()
        let response = try await send(request)
        return response.status == 412 ? nil : try ObjectMetadata(response.headers, size: Int64(bytes.count)).etag
    }

    private static func put(_ bytes: [UInt8], contentType: String, at object: ObjectAddress) -> ObjectRequest {
        var request = ObjectRequest(.PUT, to: object)
        request.headers.append(("Content-Type", contentType))
        request.body = bytes
        return request
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
    public func copy(
        _ source: ObjectAddress,
        to destination: ObjectAddress
    ) async throws(ObjectStorageError) -> ObjectCopy {
        var request = ObjectRequest(.PUT, to: destination, allowsMissing: true)
        request.headers.append(("x-amz-copy-source", source.copySource))
        request.requireAbsence()
        let response = try await send(request)
        switch response.status {
        case 404: return .sourceMissing
        case 412: return .destinationExists
        default:
            // S3 sends the status before it copies, so the body of a success may be an error.
            guard XMLText(response.text).first("ETag") != nil else {
                throw ObjectStorageError(.unavailable, "an object was not copied")
            }
            return .copied
        }
    }

    public func delete(_ object: ObjectAddress) async throws(ObjectStorageError) {
        _ = try await send(ObjectRequest(.DELETE, to: object, allowsMissing: true))
    }

    public func list(
        _ bucket: String,
        after key: String?,
        limit: Int
    ) async throws(ObjectStorageError) -> ObjectList {
        var request = ObjectRequest(.GET, to: ObjectAddress(bucket: bucket, key: ""))
        // Percent-encoded keys contain no characters that XML has to escape.
        request.query = "encoding-type=url&list-type=2&max-keys=\(limit)"
        if let key { request.query += "&start-after=\(PercentEncoding.encode(key))" }
        request.maximumResponseSize = 4_194_304
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
            throw ObjectStorageError(.malformed, "a multipart upload was started without an id")
        }
        return id
    }

    private func send(_ request: ObjectRequest) async throws(ObjectStorageError) -> ObjectResponse {
        let open = client.opened()
        let exchange = ObjectExchange(
            request: request,
            service: service,
            client: open,
            retryPolicy: retryPolicy,
            sleep: sleep
        )
        let result = await withTaskExecutorPreference(open.executor) { await Self.run(exchange) }
        return try result.get()
    }

    /// `@concurrent`, so that the caller's thread is left.
    @concurrent
    private static func run(_ exchange: ObjectExchange) async -> Result<ObjectResponse, ObjectStorageError> {
        do throws(ObjectStorageError) {
            return .success(try await exchange.run())
        } catch {
            return .failure(error)
        }
    }
}

extension ObjectAddress {
    /// The bucket and the percent-encoded key.
    fileprivate var copySource: String {
        let parts = key.split(separator: "/", omittingEmptySubsequences: false)
        return "\(bucket)/" + parts.map { PercentEncoding.encode(String($0)) }.joined(separator: "/")
    }
}

extension ObjectMetadata {
    /// - Parameter size: Overrides the size in the headers.
    fileprivate init(_ headers: HTTPHeaders, size: Int64? = nil) throws(ObjectStorageError) {
        // For a range, the total is the last part: `bytes 0-1023/146515`.
        let total = headers.first(name: "Content-Range").map { $0.split(separator: "/").last.map(String.init) ?? "" }
        guard
            let size = size ?? Int64(total ?? headers.first(name: "Content-Length") ?? ""),
            let etag = headers.first(name: "ETag")
        else { throw ObjectStorageError(.malformed, "an object has no size or no ETag") }
        self.init(
            size: size,
            etag: String(etag.trimmingPrefix("\"").prefix { $0 != "\"" }),
            contentType: headers.first(name: "Content-Type")
        )
    }
}
