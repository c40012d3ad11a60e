import EmulatorCore
import NIOHTTP1
import ObjectStore

/// The conditions of a request that reads or copies an object.
///
/// https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2
struct ReadConditions: Sendable {
    private let ifMatch: [String]?
    private let ifNoneMatch: [String]?
    private let ifModifiedSince: Int64?
    private let ifUnmodifiedSince: Int64?
    private let prefix: String

    /// - Parameter prefix: The prefix of the headers' names: `x-amz-copy-source-` for the source of a copy.
    init(_ headers: HTTPHeaders, prefix: String) {
        self.prefix = prefix
        func date(_ name: String) -> Int64? {
            headers.first(name: prefix + name).flatMap { UnixTime(httpDate: $0)?.seconds }
        }
        ifMatch = headers.first(name: "\(prefix)if-match").map { ETagList.parse($0) }
        ifNoneMatch = headers.first(name: "\(prefix)if-none-match").map { ETagList.parse($0) }
        ifModifiedSince = date("if-modified-since")
        ifUnmodifiedSince = date("if-unmodified-since")
    }

    /// - Throws: 412 if the object does not meet the conditions; if a read's client has the object already, 304.
    func check(_ object: ObjectRecord) throws {
        let modified = object.modifiedAt / 1_000
        func isNamed(_ etags: [String]) -> Bool { etags.contains { $0 == "*" || $0 == object.etag } }
        if let ifMatch {
            guard isNamed(ifMatch) else { throw failure("If-Match") }
        } else if let ifUnmodifiedSince, modified > ifUnmodifiedSince {
            throw failure("If-Unmodified-Since")
        }
        if let ifNoneMatch {
            guard !isNamed(ifNoneMatch) else { throw notModified("If-None-Match") }
        } else if let ifModifiedSince, modified <= ifModifiedSince {
            throw notModified("If-Modified-Since")
        }
    }

    private func failure(_ condition: String) -> S3Error {
        S3Error.preconditionFailed.with("Condition", prefix + condition)
    }

    private func notModified(_ condition: String) -> S3Error {
        prefix.isEmpty ? S3Error(.notModified, "NotModified", "Not Modified") : failure(condition)
    }
}
