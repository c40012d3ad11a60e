import AWSSignature
import ByteEncodings
import HTTPListener
import NIOHTTP1
import ObjectStore

/// A request, parsed into its bucket, its key and its query.
struct S3Request: Sendable {
    var method: HTTPMethod
    /// Nil for requests about all buckets.
    var bucket: String?
    /// Nil for requests about a bucket.
    var key: ObjectKey?
    var query: S3Query
    var headers: HTTPHeaders
    /// The request target as sent.
    var uri: String
    var remoteAddress: String
    /// 16 letters and digits, as S3 writes them.
    var requestID: String

    init(_ request: IncomingRequest) throws {
        method = request.method
        uri = request.uri
        headers = request.headers
        remoteAddress = request.remoteAddress
        requestID = Self.newRequestID()
        query = try S3Query(request.query ?? "")
        let path = request.path.dropFirst()
        if let host = BucketHost.bucket(in: request.headers.first(name: "host") ?? "") {
            bucket = host
            key = try Self.key(path)
        } else {
            let parts = path.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            let name = try Self.decoded(parts[0], plusIsSpace: false)
            bucket = name.isEmpty ? nil : name
            key = parts.count > 1 ? try Self.key(parts[1]) : nil
        }
    }

    /// The path without the query, as in errors.
    var resource: String { String(uri.prefix { $0 != "?" }) }

    func header(_ name: String) -> String? { headers.first(name: name) }

    func count(inHeader name: String) throws -> Int? { try header(name).map { try Self.count($0, name) } }

    static func count(_ text: String, _ name: String) throws -> Int {
        guard let number = Int(text) else {
            throw S3Error.invalidArgument("Provided \(name) not an integer or within integer range", name, text)
        }
        guard (0...Int(Int32.max)).contains(number) else {
            throw S3Error.invalidArgument("Argument \(name) must be an integer between 0 and 2147483647", name, text)
        }
        return number
    }

    /// The subresource that the query names: `uploads` or `tagging`, for example. Nil for the object or bucket itself.
    var subresource: String? { query.names.first { Self.subresources.contains($0) } }

    func requireBucket() throws -> String {
        guard let bucket else { throw S3Error.methodNotAllowed }
        return bucket
    }

    func requireKey() throws -> ObjectKey {
        guard let key else { throw S3Error.methodNotAllowed }
        return key
    }

    /// All subresources of S3. Those that are not emulated are refused rather than taken for an operation on the object
    /// or bucket itself.
    private static let subresources: Set<String> = [
        "abac", "accelerate", "acl", "analytics", "attributes", "cors", "delete", "encryption", "intelligent-tiering",
        "inventory", "legal-hold", "lifecycle", "location", "logging", "metadataConfiguration",
        "metadataInventoryTable", "metadataJournalTable", "metadataTable", "metrics", "notification", "object-lock",
        "ownershipControls", "policy", "policyStatus", "publicAccessBlock", "renameObject", "replication",
        "requestPayment", "restore", "retention", "select", "session", "tagging", "torrent", "uploads", "versioning",
        "versions", "website", "append",
    ]

    private static func key(_ path: Substring) throws -> ObjectKey? {
        guard !path.isEmpty else { return nil }
        let key = ObjectKey(try decoded(path, plusIsSpace: false))
        guard key.bytes.count <= ObjectKey.maximumLength else {
            throw S3Error(.badRequest, "KeyTooLongError", "Your key is too long")
                .with("Size", "\(key.bytes.count)").with("MaxSizeAllowed", "\(ObjectKey.maximumLength)")
        }
        return key
    }

    /// Decodes percent-encoding.
    ///
    /// - Throws: If the bytes are not UTF-8.
    static func decoded(_ text: some StringProtocol, plusIsSpace: Bool) throws -> String {
        let bytes = PercentEncoding.decode(text.utf8, plusIsSpace: plusIsSpace)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw S3Error(.badRequest, "InvalidURI", "Couldn't parse the specified URI.")
        }
        return text
    }

    private static func newRequestID() -> String {
        let digits = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
        return String(decoding: (0..<16).map { _ in digits[Int.random(in: 0..<32)] }, as: UTF8.self)
    }
}
