import AWSSignature
import ByteEncodings
import HTTPListener
import NIOHTTP1
import ObjectStore

/// A request, taken apart: which bucket, which object, which part of the API.
struct S3Request: Sendable {
    var method: HTTPMethod
    /// Nil for what concerns all buckets.
    var bucket: String?
    /// Nil for what concerns the bucket.
    var key: ObjectKey?
    var query: S3Query
    var headers: HTTPHeaders
    /// The request target as sent.
    var uri: String
    var remoteAddress: String
    /// 16 characters.
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

    /// What errors name: the path without the query.
    var resource: String { String(uri.prefix { $0 != "?" }) }

    func header(_ name: String) -> String? { headers.first(name: name) }

    func count(inHeader name: String) throws -> Int? { try header(name).map { try Self.count($0, name) } }

    fileprivate static func count(_ text: String, _ name: String) throws -> Int {
        guard let number = Int(text) else {
            throw S3Error.invalidArgument("Provided \(name) not an integer or within integer range", name, text)
        }
        guard (0...Int(Int32.max)).contains(number) else {
            throw S3Error.invalidArgument("Argument \(name) must be an integer between 0 and 2147483647", name, text)
        }
        return number
    }

    /// The part of the API that the query names, `uploads` or `tagging` for example; nil for plain objects and buckets.
    var subresource: String? { query.names.first { Self.subresources.contains($0) } }

    func requireBucket() throws -> String {
        guard let bucket else { throw S3Error.methodNotAllowed }
        return bucket
    }

    func requireKey() throws -> ObjectKey {
        guard let key else { throw S3Error.methodNotAllowed }
        return key
    }

    /// What a query may name beside parameters: those that are emulated, and those that must not be taken for an
    /// operation on the object or the bucket itself.
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

    /// Every escape replaced by its byte.
    static func decoded(_ text: some StringProtocol, plusIsSpace: Bool) throws -> String {
        let spaced = text.utf8.map { plusIsSpace && $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }
        guard let text = PercentEncoding.decode(String(decoding: spaced, as: UTF8.self)) else {
            throw S3Error(.badRequest, "InvalidURI", "Couldn't parse the specified URI.")
        }
        return text
    }

    private static func newRequestID() -> String {
        let digits = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
        return String(decoding: (0..<16).map { _ in digits[Int.random(in: 0..<32)] }, as: UTF8.self)
    }
}

/// The parameters of a query, decoded, in order.
struct S3Query: Sendable {
    private let items: [(name: String, value: String)]

    init(_ text: some StringProtocol) throws {
        items = try Array(text.utf8).split(separator: UInt8(ascii: "&")).map { item in
            let parts = item.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            return (
                try S3Request.decoded(String(decoding: parts[0], as: UTF8.self), plusIsSpace: true),
                try parts.dropFirst().first.map { value in
                    try S3Request.decoded(String(decoding: value, as: UTF8.self), plusIsSpace: true)
                } ?? ""
            )
        }
    }

    var names: [String] { items.map(\.name) }

    subscript(name: String) -> String? { items.first { $0.name == name }?.value }

    func contains(_ name: String) -> Bool { items.contains { $0.name == name } }

    /// A number of elements that the client would like: nil without one, 1,000 at most.
    func limit(_ name: String) throws -> Int? {
        guard let text = self[name], !text.isEmpty else { return nil }
        return min(try S3Request.count(text, name), 1_000)
    }
}
