import NIOHTTP1
import ObjectStore

/// An error as S3 returns it.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
struct S3Error: Error, Sendable {
    var status: HTTPResponseStatus
    var code: String
    var message: String
    /// Further elements of the error document, in order.
    var details: [(name: String, value: String)] = []
    var headers: HTTPHeaders = [:]

    init(_ status: HTTPResponseStatus, _ code: String, _ message: String) {
        self.status = status
        self.code = code
        self.message = message
    }

    func with(_ name: String, _ value: String) -> S3Error {
        var error = self
        error.details.append((name, value))
        return error
    }

    static let accessDenied = S3Error(.forbidden, "AccessDenied", "Access Denied")
    static let methodNotAllowed = S3Error(
        .methodNotAllowed,
        "MethodNotAllowed",
        "The specified method is not allowed against this resource."
    )
    static let malformedXML = S3Error(
        .badRequest,
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema"
    )
    static let preconditionFailed = S3Error(
        .preconditionFailed,
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold"
    )
    static let badDigest = S3Error(
        .badRequest,
        "BadDigest",
        "The Content-MD5 you specified did not match what we received."
    )
    static let incompleteBody = S3Error(
        .badRequest,
        "IncompleteBody",
        "You did not provide the number of bytes specified by the Content-Length HTTP header"
    )
    static let requestTimeout = S3Error(
        .badRequest,
        "RequestTimeout",
        "Your socket connection to the server was not read from or written to within the timeout period."
            + " Idle connections will be closed."
    )
    static let entityTooLarge = S3Error(
        .badRequest,
        "EntityTooLarge",
        "Your proposed upload exceeds the maximum allowed size"
    )
    static let noSuchKey = S3Error(.notFound, "NoSuchKey", "The specified key does not exist.")
    static let invalidPart = S3Error(
        .badRequest,
        "InvalidPart",
        "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified "
            + "entity tag may not match the part's entity tag."
    )

    static func invalidArgument(_ message: String, _ name: String, _ value: String) -> S3Error {
        S3Error(.badRequest, "InvalidArgument", message)
            .with("ArgumentName", name).with("ArgumentValue", value)
    }

    static func invalidRequest(_ message: String) -> S3Error { S3Error(.badRequest, "InvalidRequest", message) }

    /// A header that an operation does not support, or not with its value.
    static func unsupportedHeader(_ name: String, _ reason: String) -> S3Error {
        S3Error(
            .notImplemented,
            "NotImplemented",
            "A header you provided implies functionality that is not implemented"
        ).with("Header", name).with("additionalMessage", reason)
    }

    /// A part of S3 that is not emulated. The status is 400, because SDKs retry 501.
    static func notImplemented(_ subject: String) -> S3Error {
        S3Error(.badRequest, "NotImplemented", "\(subject) is not emulated by LocalRuntime.")
    }

    /// - Parameter request: Its bucket, key or upload is named in the error.
    init(_ error: ObjectStoreError, _ request: S3Request) {
        switch error.code {
        case .noSuchBucket:
            self.init(.notFound, "NoSuchBucket", "The specified bucket does not exist")
            details = [("BucketName", request.bucket ?? "")]
        case .bucketExists:
            self.init(
                .conflict,
                "BucketAlreadyOwnedByYou",
                "Your previous request to create the named bucket succeeded and you already own it."
            )
            details = [("BucketName", request.bucket ?? "")]
        case .bucketNotEmpty:
            self.init(.conflict, "BucketNotEmpty", "The bucket you tried to delete is not empty")
            details = [("BucketName", request.bucket ?? "")]
        case .noSuchKey:
            self = .noSuchKey
            details = [("Key", request.key?.text ?? "")]
        case .noSuchUpload:
            self.init(
                .notFound,
                "NoSuchUpload",
                "The specified upload does not exist. The upload ID may be invalid, or the upload may have been "
                    + "aborted or completed."
            )
            details = [("UploadId", request.query["uploadId"] ?? "")]
        case .preconditionFailed:
            self = .preconditionFailed
            details = [("Condition", error.message)]
        case .conditionalRequestConflict:
            self.init(
                .conflict,
                "ConditionalRequestConflict",
                "The conditional request cannot succeed due to a conflicting operation against this resource."
            )
            details = [("Condition", error.message), ("Key", request.key?.text ?? "")]
        case .invalidPart: self = .invalidPart
        case .invalidPartOrder:
            self.init(
                .badRequest,
                "InvalidPartOrder",
                "The list of parts was not in ascending order. Parts must be ordered by part number."
            )
        case .partTooSmall:
            self.init(
                .badRequest,
                "EntityTooSmall",
                "Your proposed upload is smaller than the minimum allowed size"
            )
            details = [("PartNumber", error.message), ("MinSizeAllowed", "\(ObjectStore.minimumPartSize)")]
        case .checksumMismatch: self = .badDigest
        default:
            self.init(
                .internalServerError,
                "InternalError",
                "We encountered an internal error. Please try again."
            )
        }
    }
}
