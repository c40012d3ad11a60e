import AWSSignature
import ByteEncodings
public import FoundationEssentials
public import LambdaRuntime

/// Makes URLs with which somebody who has no credentials may do one thing for a while.
///
/// A URL is good for no longer than the credentials that signed it, which for a function are some hours.
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
    ///   - lifetime: In seconds; a week at most.
    ///   - responseHeaders: `content-disposition`, `content-type`, `cache-control`: what the response has instead of the
    ///     object's own.
    public func get(
        _ object: ObjectAddress,
        lifetime: Int,
        responseHeaders: [(name: String, value: String)] = [],
        at date: Date
    ) -> String {
        let query = responseHeaders.map { "response-\($0.name)=\(PercentEncoding.encode($0.value))" }
        return url("GET", object, query: query.joined(separator: "&"), lifetime: lifetime, at: date)
    }

    /// A URL to send one part of an upload, of exactly that size: the length is signed, so that S3 refuses any other.
    ///
    /// - Parameters:
    ///   - number: From 1.
    ///   - size: In bytes.
    ///   - lifetime: In seconds; a week at most.
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

    /// A URL to put the parts of an upload together, with a POST of their numbers and ETags.
    public func completeMultipartUpload(
        _ object: ObjectAddress,
        uploadID: String,
        lifetime: Int,
        at date: Date
    ) -> String {
        url("POST", object, query: "uploadId=\(PercentEncoding.encode(uploadID))", lifetime: lifetime, at: date)
    }

    /// A URL to give up an upload, with a DELETE.
    public func abortMultipartUpload(
        _ object: ObjectAddress,
        uploadID: String,
        lifetime: Int,
        at date: Date
    ) -> String {
        url("DELETE", object, query: "uploadId=\(PercentEncoding.encode(uploadID))", lifetime: lifetime, at: date)
    }

    /// A form to upload an object: where it is sent to, and the fields that come before the file.
    ///
    /// S3 refuses another key, another content type, a byte more and a byte less.
    /// - Parameters:
    ///   - size: In bytes; 5 GiB at most.
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
