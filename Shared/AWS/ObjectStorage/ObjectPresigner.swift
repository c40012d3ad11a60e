import AWSSignature
import ByteEncodings
public import FoundationEssentials
public import LambdaRuntime

/// Creates presigned URLs and forms, which let clients without credentials perform one operation for a limited time.
///
/// A URL expires no later than the credentials that signed it; a function's credentials last some hours.
/// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
public struct ObjectPresigner: Sendable {
    private let service: ObjectService

    public init(service: ObjectService) { self.service = service }

    public init(environment: Environment = .process) throws {
        service = try ObjectService(environment: environment)
    }

    /// A URL to read an object.
    ///
    /// - Parameters:
    ///   - lifetime: In seconds; at most one week.
    ///   - responseHeaders: `content-disposition`, `content-type` or `cache-control` headers that replace the object's
    ///     own.
    public func get(
        _ object: ObjectAddress,
        lifetime: Int,
        responseHeaders: [(name: String, value: String)] = [],
        at date: Date
    ) -> String {
        let query = responseHeaders.map { "response-\($0.name)=\(PercentEncoding.encode($0.value))" }
        return url("GET", object, query: query.joined(separator: "&"), lifetime: lifetime, at: date)
    }

    /// A URL to upload one part of a multipart upload.
    ///
    /// - Parameters:
    ///   - number: From 1.
    ///   - size: The exact size in bytes. The signature covers it, so S3 rejects any other.
    ///   - lifetime: In seconds; at most one week.
    public func uploadPart(
        _ object: ObjectAddress,
        uploadID: String,
        number: Int,
        size: Int64,
        lifetime: Int,
        at date: Date
    ) -> String {
        url(
            "PUT",
            object,
            query: "partNumber=\(number)&uploadId=\(PercentEncoding.encode(uploadID))",
            headers: [("Content-Length", "\(size)")],
            lifetime: lifetime,
            at: date
        )
    }

    /// A URL to complete a multipart upload, with a POST of the parts' numbers and ETags.
    public func completeMultipartUpload(
        _ object: ObjectAddress,
        uploadID: String,
        lifetime: Int,
        at date: Date
    ) -> String {
        url("POST", object, query: "uploadId=\(PercentEncoding.encode(uploadID))", lifetime: lifetime, at: date)
    }

    /// A URL to abort a multipart upload, with a DELETE.
    public func abortMultipartUpload(
        _ object: ObjectAddress,
        uploadID: String,
        lifetime: Int,
        at date: Date
    ) -> String {
        url("DELETE", object, query: "uploadId=\(PercentEncoding.encode(uploadID))", lifetime: lifetime, at: date)
    }

    /// A form to upload an object: its URL, and the fields that must precede the file.
    ///
    /// S3 rejects any other key, content type or size.
    /// - Parameters:
    ///   - size: In bytes; at most 5 GiB.
    ///   - lifetime: In seconds.
    public func post(
        _ object: ObjectAddress,
        contentType: String,
        size: Int64,
        lifetime: Int,
        at date: Date
    ) -> (url: String, fields: [(name: String, value: String)]) {
        let form = service.signer.presignedPost(
            bucket: object.bucket,
            fields: [("key", object.key), ("Content-Type", contentType)],
            conditions: [.contentLength(Int(size)...Int(size))],
            at: date,
            lifetime: lifetime
        )
        return (service.location(object.bucket).url, form.fields)
    }

    private func url(
        _ method: String,
        _ object: ObjectAddress,
        query: String,
        headers: [(name: String, value: String)] = [],
        lifetime: Int,
        at date: Date
    ) -> String {
        let location = service.location(object.bucket, key: object.key)
        let request = SignableRequest(
            method: method,
            path: location.path,
            query: query,
            headers: [("Host", location.host)] + headers
        )
        return "\(location.url)?\(service.signer.presignedQuery(for: request, at: date, lifetime: lifetime))"
    }
}
