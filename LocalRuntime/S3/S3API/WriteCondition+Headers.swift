import NIOHTTP1
import ObjectStore

/// The conditions that S3 supports for writes to general purpose buckets. All others are refused, because ignoring one
/// would overwrite or delete what the client wants to keep.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
extension WriteCondition {
    /// The condition of `PutObject`, `CopyObject` and `CompleteMultipartUpload`: an ETag in `If-Match`, or an asterisk in
    /// `If-None-Match`.
    init(ofWrite headers: HTTPHeaders) throws {
        try Self.refuse(["If-Modified-Since", "If-Unmodified-Since"], in: headers)
        switch (headers.joined("If-Match"), headers.joined("If-None-Match")) {
        case (nil, nil): self = .none
        case (nil, "*"): self = .isAbsent
        case (nil, .some): throw Self.unsupportedValue("If-None-Match")
        case (.some, .some):
            throw S3Error.unsupportedHeader(
                "If-Match,If-None-Match",
                "Multiple conditional request headers present in the request"
            )
        case (let etag?, nil):
            guard etag != "*" else { throw Self.unsupportedValue("If-Match") }
            self = try Self.single(etag)
        }
    }

    /// The condition of `DeleteObject`: an ETag or an asterisk in `If-Match`.
    ///
    /// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
    init(ofDeletion headers: HTTPHeaders) throws {
        try Self.refuse(
            [
                "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "x-amz-if-match-last-modified-time",
                "x-amz-if-match-size",
            ],
            in: headers
        )
        switch headers.joined("If-Match") {
        case nil: self = .none
        case "*": self = .exists
        case let etag?: self = try Self.single(etag)
        }
    }

    /// The condition of an object that `DeleteObjects` names.
    init(ofNamed object: XMLElement) throws {
        for name in ["LastModifiedTime", "Size"] where object[name] != nil {
            throw S3Error.unsupportedHeader(name, "Only directory buckets support \(name) in DeleteObjects")
        }
        switch object.value("ETag") {
        case nil: self = .none
        case "*": self = .exists
        case let etag?: self = .matches(ETagList.unquoted(etag))
        }
    }

    /// - Assumption: A list of ETags and an empty text are refused as an asterisk is.
    private static func single(_ etag: String) throws -> WriteCondition {
        guard !etag.isEmpty, !etag.contains(",") else { throw unsupportedValue("If-Match") }
        return .matches(ETagList.unquoted(etag))
    }

    private static func refuse(_ names: [String], in headers: HTTPHeaders) throws {
        for name in names where headers.contains(name: name) {
            throw S3Error.unsupportedHeader(name, "This API does not support the \(name) header")
        }
    }

    private static func unsupportedValue(_ name: String) -> S3Error {
        S3Error.unsupportedHeader(name, "We don't accept the provided value of \(name) header for this API")
    }
}

extension HTTPHeaders {
    /// The values of a header, which may be repeated, as one list.
    fileprivate func joined(_ name: String) -> String? {
        let values = self[name]
        return values.isEmpty ? nil : values.joined(separator: ",")
    }
}
